/* From the initramfs to the function's root: the image, read-only, under a writable layer in memory. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define ROOT_DEVICE "/dev/vda"
#define DEVICE_WAIT_MS 5000
#define FUNCTION_FILES 65536

static void mount_or_die(const char *what, const char *where, const char *type, unsigned long flags, const char *options) {
    if (mount(what, where, type, flags, options) < 0) {
        die("%s cannot be mounted on %s: %s", what, where, strerror(errno));
    }
}

/* What is not there is made; what the image has stays as it is. */
static void need_directory(const char *path, mode_t mode) {
    if (mkdir(path, mode) == 0) {
        chmod(path, mode);
    } else if (errno != EEXIST) {
        die("%s cannot be made: %s", path, strerror(errno));
    }
}

void boot_mount_first(void) {
    need_directory("/proc", 0755);
    need_directory("/sys", 0755);
    need_directory("/dev", 0755);
    mount_or_die("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount_or_die("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount_or_die("devtmpfs", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755");
}

static void wait_for_device(const char *path) {
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int64_t end = now_ms() + DEVICE_WAIT_MS; access(path, F_OK) < 0; nanosleep(&pause, NULL)) {
        if (now_ms() > end) {
            die("there is no %s: the machine has no root disk", path);
        }
    }
}

static void mount_overlay(void) {
    need_directory("/image", 0755);
    need_directory("/written", 0755);
    need_directory("/root", 0755);
    wait_for_device(ROOT_DEVICE);
    mount_or_die(ROOT_DEVICE, "/image", "erofs", MS_RDONLY, NULL);
    mount_or_die("tmpfs", "/written", "tmpfs", 0, "mode=0755");
    need_directory("/written/upper", 0755);
    need_directory("/written/work", 0755);
    mount_or_die("overlay", "/root", "overlay", 0, "lowerdir=/image,upperdir=/written/upper,workdir=/written/work");
}

static void move(const char *from, const char *to) {
    need_directory(to, 0755);
    mount_or_die(from, to, NULL, MS_MOVE, NULL);
}

static void loopback_up(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0) {
        die("the loopback interface cannot be brought up: %s", strerror(errno));
    }
    close(fd);
}

static void link_standard_streams(void) {
    static const char *const links[][2] = {
        {"/proc/self/fd", "/dev/fd"}, {"fd/0", "/dev/stdin"}, {"fd/1", "/dev/stdout"}, {"fd/2", "/dev/stderr"}};
    for (size_t i = 0; i < ARRAY_LENGTH(links); i++) {
        if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST) {
            die("%s cannot be made: %s", links[i][1], strerror(errno));
        }
    }
}

void boot_switch_root(void) {
    struct rlimit files = {.rlim_cur = FUNCTION_FILES, .rlim_max = FUNCTION_FILES};
    mount_overlay();
    move("/dev", "/root/dev");
    move("/sys", "/root/sys");
    move("/proc", "/root/proc");
    unlink("/init");
    if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0) {
        die("the image cannot become the root: %s", strerror(errno));
    }
    need_directory("/dev/pts", 0755);
    need_directory("/dev/shm", 01777);
    need_directory("/tmp", 01777);
    need_directory("/run", 0755);
    need_directory("/run/thaw", 0755);
    mount_or_die("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666");
    mount_or_die("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
    mount_or_die("tmpfs", "/run/thaw", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=1m");
    link_standard_streams();
    loopback_up();
    setrlimit(RLIMIT_NOFILE, &files);
    /* As in every container runtime: a function that is not root may listen on port 80. */
    file_write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0", 1);
}
