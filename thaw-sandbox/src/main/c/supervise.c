#include "launcher.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TAIL 4096

/* The last bytes that the VMM wrote to its standard error: what it says before it dies is why it died. */
static char tail[TAIL];
static size_t tail_length;

static bool read_errors(int errors)
{
    char buffer[1024];
    ssize_t count = read(errors, buffer, sizeof buffer);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    if (count == 0)
        return false;
    size_t fresh = (size_t)count;
    if (tail_length + fresh > TAIL) {
        size_t drop = tail_length + fresh - TAIL;
        memmove(tail, tail + drop, tail_length - drop);
        tail_length -= drop;
    }
    memcpy(tail + tail_length, buffer, fresh);
    tail_length += fresh;
    return true;
}

/* What the daemon has said of the files of a VMM started ahead of need: LATE_FILES paths, each with its end. */
static char named[LATE_FILES * PATH_MAX];
static size_t named_length;
static bool naming;

static void read_name(struct opens *opens, char byte)
{
    if (named_length == sizeof named) {
        errno = ENAMETOOLONG;
        fail("files");
    }
    named[named_length++] = byte;
    if (byte != '\0')
        return;
    const char *paths[LATE_FILES];
    size_t count = 0;
    for (size_t start = 0; start < named_length && count < LATE_FILES; start += strlen(named + start) + 1)
        paths[count++] = named + start;
    if (count == LATE_FILES) {
        naming = false;
        name_late_files(opens, paths);
    }
}

/* Commands of the daemon: `h` hold (outlive the daemon), `r` release, `f` and the names of files. Returns false when the pipe is closed. */
static bool read_commands(bool *held, struct opens *opens)
{
    char commands[512];
    ssize_t count = read(STDIN_FILENO, commands, sizeof commands);
    if (count < 0)
        return errno == EINTR;
    for (ssize_t i = 0; i < count; i++) {
        if (naming)
            read_name(opens, commands[i]);
        else if (commands[i] == 'h')
            *held = true;
        else if (commands[i] == 'r')
            *held = false;
        else if (commands[i] == 'f' && named_length == 0)
            naming = true;
    }
    return count > 0;
}

static int report(pid_t vmm, int errors)
{
    int status;
    while (waitpid(vmm, &status, 0) < 0)
        if (errno != EINTR)
            fail("wait");
    struct pollfd left = {.fd = errors, .events = POLLIN};
    while (poll(&left, 1, 0) > 0 && read_errors(errors))
        ;
    if (WIFSIGNALED(status))
        printf("ended signal %d\n", WTERMSIG(status));
    else
        printf("ended exit %d\n", WEXITSTATUS(status));
    fwrite(tail, 1, tail_length, stdout);
    fflush(stdout);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* The next daemon's connection takes the place of both pipes of the last one. Returns false when it is gone already. */
static bool take_next_daemon(int next, pid_t vmm)
{
    int daemon = accept(next, NULL, NULL);
    if (daemon < 0)
        return false;
    if (dup2(daemon, STDIN_FILENO) < 0 || dup2(daemon, STDOUT_FILENO) < 0)
        fail("dup2");
    close(daemon);
    clearerr(stdout);
    printf("started %d\n", vmm);
    fflush(stdout);
    return true;
}

int supervise(pid_t vmm, struct opens *opens, int errors, int next, int patience_seconds)
{
    bool held = false;
    long long orphaned_until = -1;
    enum { DAEMON, NEXT, VMM, ERRORS, OPENS, COUNT };
    struct pollfd watched[COUNT] = {
        [DAEMON] = {.fd = STDIN_FILENO, .events = POLLIN},
        [NEXT] = {.fd = -1, .events = POLLIN},
        [VMM] = {.fd = (int)syscall(SYS_pidfd_open, vmm, 0), .events = POLLIN},
        [ERRORS] = {.fd = errors, .events = POLLIN},
        [OPENS] = {.fd = opens->listener, .events = POLLIN},
    };
    if (watched[VMM].fd < 0)
        fail("pidfd_open");
    for (;;) {
        long long left = orphaned_until < 0 ? -1 : orphaned_until - now_ms();
        if (orphaned_until >= 0 && left <= 0) {
            orphaned_until = left = -1;
            kill(vmm, SIGKILL);
        }
        watched[OPENS].fd = opens->waiting ? -1 : opens->listener;
        if (poll(watched, COUNT, (int)left) < 0) {
            if (errno == EINTR)
                continue;
            fail("poll");
        }
        if (watched[OPENS].revents & POLLIN)
            take_open(opens);
        else if (watched[OPENS].revents != 0)
            opens->listener = -1;
        if (watched[ERRORS].revents != 0 && !read_errors(errors))
            watched[ERRORS].fd = -1;
        if (watched[DAEMON].revents != 0 && !read_commands(&held, opens)) {
            watched[DAEMON].fd = -1;
            if (held && next >= 0) {
                watched[NEXT].fd = next;
                orphaned_until = now_ms() + patience_seconds * 1000LL;
            } else {
                kill(vmm, SIGKILL);
            }
        } else if (watched[NEXT].revents != 0 && take_next_daemon(next, vmm)) {
            /* It holds the VMM anew when it has found it healthy. */
            held = false;
            orphaned_until = -1;
            watched[NEXT].fd = -1;
            watched[DAEMON].fd = STDIN_FILENO;
        }
        if (watched[VMM].revents != 0)
            return report(vmm, errors);
    }
}
