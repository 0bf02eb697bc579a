#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define CLOSE_ON_EXEC (1U << 2) /* CLOSE_RANGE_CLOEXEC, missing from older headers */

__attribute__((noreturn)) void fail(const char *what)
{
    printf("launcher: %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(125);
}

int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        fail(path);
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0600) != 0 || listen(fd, 1) != 0)
        fail(path);
    return fd;
}

/* Opens all files under numbers above those that the VMM will see them at, so that none is overwritten on the way. */
static void open_files(const struct options *options, int *opened)
{
    for (size_t i = 0; i < options->file_count; i++) {
        const struct inherited *file = &options->files[i];
        int fd = file->listening ? listen_at(file->path) : open(file->path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            fail(file->path);
        opened[i] = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE_INHERITED);
        if (opened[i] < 0)
            fail(file->path);
        close(fd);
    }
}

static void drop_privileges(const struct options *options)
{
    if (!options->drop)
        return;
    gid_t groups[] = {options->extra_group};
    if (setgroups(options->extra_group == options->gid ? 0 : 1, groups) != 0)
        fail("setgroups");
    if (setresgid(options->gid, options->gid, options->gid) != 0)
        fail("setresgid");
    if (setresuid(options->uid, options->uid, options->uid) != 0)
        fail("setresuid");
}

/* Tells the launcher that all is set up, with the filter's listener if there is one. */
static void send_ready(int channel, int fd)
{
    char byte = 0;
    struct iovec content = {&byte, 1};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof fd)];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    if (fd >= 0) {
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(header), &fd, sizeof fd);
    } else {
        message.msg_control = NULL;
        message.msg_controllen = 0;
    }
    if (sendmsg(channel, &message, 0) != 1)
        fail("tell the launcher");
}

static int receive_ready(int channel)
{
    char byte;
    struct iovec content = {&byte, 1};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1)
        _exit(125); /* the child said why */
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int fd;
    if (header == NULL || header->cmsg_type != SCM_RIGHTS)
        return -1;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

__attribute__((noreturn)) static void become_vmm(const struct options *options, pid_t launcher, int channel, int errors)
{
    /* Whatever the daemon's own descriptors are, the VMM gets none of them. */
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_ON_EXEC) != 0)
        fail("close_range");
    int opened[MAX_FILES];
    open_files(options, opened);
    int tap = -1;
    if (options->egress_rules != NULL) {
        int made = open_egress(options);
        tap = fcntl(made, F_DUPFD_CLOEXEC, ABOVE_INHERITED);
        if (tap < 0)
            fail("tap");
        close(made);
    }
    for (size_t i = 0; i < options->limit_count; i++) {
        struct rlimit limit = {options->limits[i].value, options->limits[i].value};
        if (setrlimit((unsigned)options->limits[i].resource, &limit) != 0)
            fail("setrlimit");
    }
    drop_privileges(options);
    /* After the change of user, which would clear it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        fail("pdeathsig");
    if (getppid() != launcher)
        _exit(125);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
        fail("standard streams");
    int listener = install_filter(options->guest_memory, options->private_file != NULL || options->late_state != 0);
    send_ready(channel, listener);
    if (listener >= 0)
        close(listener);
    close(channel);
    for (size_t i = 0; i < options->file_count; i++)
        if (dup2(opened[i], options->files[i].number) < 0)
            fail(options->files[i].path);
    if (tap >= 0 && dup2(tap, options->egress_number) < 0)
        fail("tap");
    /* Standard output is the daemon's until here, for what fails; from now on the launcher passes on what is said. */
    if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        fail("standard output");
    execv(options->command[0], options->command);
    dprintf(STDERR_FILENO, "launcher: %s: %s\n", options->command[0], strerror(errno));
    _exit(125);
}

int main(int argc, char **argv)
{
    struct options options;
    parse_options(argc, argv, &options);
    signal(SIGPIPE, SIG_IGN);
    /* A terminal's signals are for the daemon, which ends its VMMs in order; it fails only for who leads a session already. */
    (void)setsid();
    int errors[2];
    int channel[2];
    if (pipe2(errors, O_CLOEXEC) != 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0)
        fail("pipe");
    pid_t launcher = getpid();
    pid_t vmm = fork();
    if (vmm < 0)
        fail("fork");
    if (vmm == 0) {
        signal(SIGPIPE, SIG_DFL);
        become_vmm(&options, launcher, channel[1], errors[1]);
    }
    close(errors[1]);
    close(channel[1]);
    int listener = receive_ready(channel[0]);
    close(channel[0]);
    if (fcntl(errors[0], F_SETFL, O_NONBLOCK) != 0)
        fail("fcntl");
    int next = options.adopt_at != NULL ? listen_at(options.adopt_at) : -1;
    printf("started %d\n", vmm);
    fflush(stdout);
    struct opens opens;
    prepare_opens(&opens, &options, listener, vmm);
    return supervise(vmm, &opens, errors[0], next, options.patience_seconds);
}
