/*
 * The holder makes one FUSE mount and keeps it while daemons come and go.
 *
 *     daemon ──unix socket──▶ holder: keeps every /dev/fuse descriptor of the mount open
 *            ──pidfd_getfd──▶         (a connection ends with its last descriptor, and with it all who read)
 *
 * It serves nothing itself. A daemon connects, is told the numbers of the descriptors, and copies them; the connection
 * is its sign of life. When that ends without the word `e` (end), the holder waits for the next daemon. After its
 * patience it unmounts as soon as nobody uses the mount, and ends.
 *
 * Each cloned descriptor has a queue of its own in the kernel for requests that were read but not answered; they fail
 * when it is closed. So the clones are made and kept here, not only the first descriptor.
 *
 *     holder MOUNTPOINT SOCKET DEVICES MAX_READ PATIENCE_SECONDS     says `ready` on standard output, or why not
 *     holder check MOUNTPOINT                                        mounts, unmounts and says `ready`, or why not
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_DEVICES 16
#define MAX_MAX_READ (1 << 20)
#define MAX_PATIENCE_SECONDS 1000000
/* How often an abandoned mount is looked at. */
#define LOOK_MS 1000

static int devices[MAX_DEVICES];
static int device_count;

__attribute__((noreturn)) static void fail(const char *what)
{
    printf("holder: %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(125);
}

static int number(const char *text, int least, int most, const char *what)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || value < least || value > most) {
        errno = EINVAL;
        fail(what);
    }
    return (int)value;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        fail(path);
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0600) != 0 || listen(fd, 4) != 0)
        fail(path);
    return fd;
}

static int open_device(void)
{
    /* Daemons wait for requests with epoll, where they can also be told to stop; the flag is shared by all copies. */
    int fd = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        fail("/dev/fuse");
    return fd;
}

static void mount_at(const char *mountpoint, int max_read)
{
    devices[device_count++] = open_device();
    char data[200];
    /* The VMM has a user of its own and asks for the size of what the launcher opened for it: allow_other. Modes decide who opens. */
    snprintf(data, sizeof data, "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions,allow_other,max_read=%d",
             devices[0], (unsigned)getuid(), (unsigned)getgid(), max_read);
    if (mount("thaw-lazy", mountpoint, "fuse.thaw", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, data) != 0)
        fail("mount");
}

static void clone_devices(int count, const char *mountpoint)
{
    while (device_count < count) {
        int fd = open_device();
        if (ioctl(fd, FUSE_DEV_IOC_CLONE, &devices[0]) != 0) {
            int why = errno;
            umount2(mountpoint, MNT_DETACH);
            errno = why;
            fail("clone /dev/fuse");
        }
        devices[device_count++] = fd;
    }
}

/* Nothing of the daemon's stays open here, so that no pipe or socket of it outlives it. */
static void leave_daemon(void)
{
    printf("ready\n");
    fflush(stdout);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0)
        _exit(125);
    close(nowhere);
}

static void greet(int daemon)
{
    char text[200];
    int length = snprintf(text, sizeof text, "holder %d", (int)getpid());
    for (int i = 0; i < device_count; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, " %d", devices[i]);
    length += snprintf(text + length, sizeof text - (size_t)length, "\n");
    /* A daemon that cannot be greeted has gone; its end of the connection says so too. */
    (void)!write(daemon, text, (size_t)length);
}

/* Returns false when the daemon has gone; sets *end when it said that all is over. */
static bool hear(int daemon, bool *end)
{
    char words[64];
    ssize_t count = read(daemon, words, sizeof words);
    if (count < 0)
        return errno == EINTR;
    for (ssize_t i = 0; i < count; i++)
        if (words[i] == 'e')
            *end = true;
    return count > 0;
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Whether the mount is gone from everywhere, so that nobody can want its descriptors any more. */
static bool disconnected(void)
{
    struct pollfd device = {.fd = devices[0], .events = 0};
    return poll(&device, 1, 0) > 0 && (device.revents & POLLERR) != 0;
}

/* Waits for the next daemon; returns its connection, or -1 when there is nothing left to wait for. */
static int await_daemon(int listener, const char *mountpoint, int patience_seconds)
{
    long long patient_until = now_ms() + patience_seconds * 1000LL;
    for (;;) {
        struct pollfd next = {.fd = listener, .events = POLLIN};
        if (poll(&next, 1, LOOK_MS) > 0) {
            int daemon = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (daemon >= 0)
                return daemon;
        }
        if (disconnected())
            return -1;
        /*
         * Without force: it fails with EBUSY for as long as anybody uses the mount. Anything else: it is not there any
         * more, its daemon ended while it closed it, and who still has files of it open must not wait for ever.
         */
        if (now_ms() >= patient_until && (umount2(mountpoint, 0) == 0 || errno != EBUSY))
            return -1;
    }
}

static void hold(int listener, const char *mountpoint, int patience_seconds)
{
    for (;;) {
        int daemon = await_daemon(listener, mountpoint, patience_seconds);
        if (daemon < 0)
            return;
        greet(daemon);
        bool end = false;
        while (!end && hear(daemon, &end))
            ;
        if (end)
            return;
        close(daemon);
    }
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && strcmp(argv[1], "check") == 0) {
        mount_at(argv[2], MAX_MAX_READ);
        if (umount2(argv[2], MNT_DETACH) != 0)
            fail("unmount");
        printf("ready\n");
        return 0;
    }
    if (argc != 6) {
        errno = EINVAL;
        fail("usage: holder MOUNTPOINT SOCKET DEVICES MAX_READ PATIENCE_SECONDS");
    }
    const char *mountpoint = argv[1];
    const char *path = argv[2];
    int count = number(argv[3], 1, MAX_DEVICES, "DEVICES");
    int max_read = number(argv[4], 4096, MAX_MAX_READ, "MAX_READ");
    int patience_seconds = number(argv[5], 0, MAX_PATIENCE_SECONDS, "PATIENCE_SECONDS");
    /* A terminal's signals are for the daemon; it fails only for who leads a session already. */
    (void)setsid();
    int listener = listen_at(path);
    if (chdir("/") != 0)
        fail("chdir");
    mount_at(mountpoint, max_read);
    clone_devices(count, mountpoint);
    leave_daemon();
    hold(listener, mountpoint, patience_seconds);
    unlink(path);
    return 0;
}
