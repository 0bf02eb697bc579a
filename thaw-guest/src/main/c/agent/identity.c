/* What makes a guest itself: random numbers, clock, host name, machine id, boot id. Set at the start, renewed after a thaw.
 *
 * machine-id, boot_id, hostname and hosts are files of ours in /run/thaw, mounted over the image's and the kernel's; the kernel's own
 * boot_id is fixed once it was read. They stay mapped: a renewal stores into memory, and asks the kernel only when a length changes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "protocol.h"

/* From the kernel's linux/random.h, which musl's compiler does not have. */
#ifndef RNDADDENTROPY
#define RNDADDENTROPY _IOW('R', 0x03, int[2])
#define RNDRESEEDCRNG _IO('R', 0x07)
#endif

#define FILE_BYTES 512

static struct {
    const char *path;
    const char *over;
    int fd;
    size_t length;
    char *content; /* the file's first page, shared */
} files[] = {
    {"/run/thaw/machine-id", "/etc/machine-id", -1, 0, NULL},
    {"/run/thaw/boot_id", "/proc/sys/kernel/random/boot_id", -1, 0, NULL},
    {"/run/thaw/hostname", "/etc/hostname", -1, 0, NULL},
    {"/run/thaw/hosts", "/etc/hosts", -1, 0, NULL},
};
enum { MACHINE_ID, BOOT_ID, HOST_NAME, HOSTS };

static int random_device = -1;

static void need_target(const char *path) {
    int fd;
    if (strncmp(path, "/etc/", 5) != 0) {
        return;
    }
    mkdir("/etc", 0755);
    fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0) {
        close(fd);
    }
}

void identity_begin(void) {
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        files[i].fd = open(in_root(files[i].path), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
        if (files[i].fd < 0 || ftruncate(files[i].fd, FILE_BYTES) < 0) {
            die("%s cannot be made: %s", files[i].path, strerror(errno));
        }
        files[i].content = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, files[i].fd, 0);
        if (files[i].content == MAP_FAILED) {
            die("%s cannot be mapped: %s", files[i].path, strerror(errno));
        }
        if (is_init) {
            need_target(files[i].over);
            if (mount(files[i].path, files[i].over, NULL, MS_BIND, NULL) < 0) {
                die("%s cannot be mounted over %s: %s", files[i].path, files[i].over, strerror(errno));
            }
        }
    }
    if (is_init) {
        random_device = open("/dev/urandom", O_RDWR | O_CLOEXEC);
        if (random_device < 0) {
            die("/dev/urandom cannot be opened: %s", strerror(errno));
        }
    }
}

static void write_file(int index, const char *text, size_t length) {
    if (length != files[index].length && ftruncate(files[index].fd, (off_t)length) < 0) {
        die("%s cannot be sized: %s", files[index].path, strerror(errno));
    }
    files[index].length = length;
    memcpy(files[index].content, text, length);
}

static void write_line(int index, const char *text) {
    char line[130];
    size_t length = strlen(text);
    memcpy(line, text, length);
    line[length] = '\n';
    write_file(index, line, length + 1);
}

static void write_hosts(const char *name) {
    static const char hosts[] = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.0.1\t";
    char text[sizeof hosts + 130];
    size_t length = strlen(name);
    memcpy(text, hosts, sizeof hosts - 1);
    memcpy(text + sizeof hosts - 1, name, length);
    text[sizeof hosts - 1 + length] = '\n';
    write_file(HOSTS, text, sizeof hosts + length);
}

/* The generator takes the entropy as credited input, and replaces the key that every clone shares at once. */
static void seed(const uint8_t *entropy, uint32_t length) {
    struct {
        int bits;
        int bytes;
        uint8_t pool[MAX_ENTROPY_BYTES];
    } input;
    input.bits = (int)length * 8;
    input.bytes = (int)length;
    memcpy(input.pool, entropy, length);
    if (ioctl(random_device, RNDADDENTROPY, &input) < 0 || ioctl(random_device, RNDRESEEDCRNG, 0) < 0) {
        die("the random generator cannot be seeded: %s", strerror(errno));
    }
    explicit_bzero(&input, sizeof input);
}

void identity_set(const struct identity *identity) {
    if (is_init) {
        struct timespec clock = {
            .tv_sec = identity->clock_ns / 1000000000, .tv_nsec = identity->clock_ns % 1000000000};
        seed(identity->entropy, identity->entropy_length);
        if (clock_settime(CLOCK_REALTIME, &clock) < 0) {
            die("the clock cannot be set: %s", strerror(errno));
        }
        if (sethostname(identity->host_name, strlen(identity->host_name)) < 0) {
            die("the host name cannot be set: %s", strerror(errno));
        }
    }
    write_line(MACHINE_ID, identity->machine_id);
    write_line(BOOT_ID, identity->boot_id);
    write_line(HOST_NAME, identity->host_name);
    write_hosts(identity->host_name);
}
