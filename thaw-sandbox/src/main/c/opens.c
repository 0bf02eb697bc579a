/*
 * Answers the read-write opens of a VMM, which its filter refers to us.
 *
 * A VMM started for one thaw opens its memory by its path and is given a read-only descriptor of it. One started ahead of
 * need opens names that no file has; it waits in the first of these opens, without running, until the daemon says which
 * files they are. Its device state, which it does not open, is put in the place of a descriptor that it has inherited.
 */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

/* Not in every distribution's headers. */
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1)
#endif

void prepare_opens(struct opens *opens, const struct options *options, int listener, pid_t vmm)
{
    memset(opens, 0, sizeof *opens);
    opens->listener = listener;
    opens->vmm = vmm;
    if (options->private_file != NULL) {
        opens->files[opens->count].name = options->private_file;
        opens->files[opens->count++].path = options->private_file;
    } else if (options->late_state != 0) {
        opens->state_number = options->late_state;
        opens->files[opens->count++].name = "/late/memory";
        opens->files[opens->count++].name = "/late/rootfs";
    }
}

/* Whether the VMM's path is that name. Reading it is no promise that it stays so: what is opened is our own path. */
static bool names(const struct opens *opens, uint64_t address, const char *name)
{
    char path[4096];
    size_t length = strlen(name) + 1;
    if (length > sizeof path)
        return false;
    struct iovec local = {path, length};
    struct iovec remote = {(void *)(uintptr_t)address, length};
    return process_vm_readv(opens->vmm, &local, 1, &remote, 1, 0) == (ssize_t)length && memcmp(path, name, length) == 0;
}

/* Gives the VMM a read-only descriptor: under that number, or under one of its choice as the answer to its open. */
static int give(const struct opens *opens, const char *path, uint32_t flags, int number)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    struct seccomp_notif_addfd gift = {.id = opens->request,
                                       .flags = flags,
                                       .srcfd = (uint32_t)file,
                                       .newfd = (uint32_t)number,
                                       .newfd_flags = O_CLOEXEC};
    int given = ioctl(opens->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &gift);
    int error = errno;
    close(file);
    errno = error;
    return given;
}

/* Fails only when the thread that asked is gone. */
static void answer(const struct opens *opens, uint32_t flags, int error)
{
    struct seccomp_notif_resp response = {.id = opens->request, .flags = flags, .error = error};
    (void)ioctl(opens->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static void answer_waiting(struct opens *opens)
{
    opens->waiting = false;
    if (opens->state != NULL) {
        if (give(opens, opens->state, SECCOMP_ADDFD_FLAG_SETFD, opens->state_number) < 0) {
            answer(opens, 0, -errno);
            return;
        }
        opens->state = NULL;
    }
    if (give(opens, opens->files[opens->wanted].path, SECCOMP_ADDFD_FLAG_SEND, 0) < 0)
        answer(opens, 0, -errno);
}

void take_open(struct opens *opens)
{
    struct seccomp_notif request;
    memset(&request, 0, sizeof request);
    if (ioctl(opens->listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
        return; /* the thread that asked is gone */
    opens->request = request.id;
    for (size_t i = 0; i < opens->count; i++) {
        if (names(opens, request.data.args[1], opens->files[i].name)) {
            opens->wanted = i;
            opens->waiting = true;
            if (opens->files[i].path != NULL)
                answer_waiting(opens);
            return;
        }
    }
    answer(opens, SECCOMP_USER_NOTIF_FLAG_CONTINUE, 0);
}

void name_late_files(struct opens *opens, const char *const paths[LATE_FILES])
{
    if (opens->state_number == 0)
        return;
    opens->files[0].path = paths[0];
    opens->files[1].path = paths[1];
    opens->state = paths[2];
    if (opens->waiting)
        answer_waiting(opens);
}
