/* What the function runs out of, told to the host as LIMIT.
 *
 * Memory: the kernel's log names each process that it kills for memory; also a child of the function's, of whose end nobody tells us.
 * Disk: nothing announces a full file system, so its room is looked at while streams are open, whenever the function ends one, and
 * when the function itself ends. A file system that was full and is not any more between two looks is missed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "agent.h"
#include "protocol.h"

#define KERNEL_LOG "/dev/kmsg"
#define LOOK_EVERY_MS 250
#define KILL_TOLD_EVERY_MS 1000
/* The kernel's log has records of others too: those have a facility, above the three bits of the level. */
#define FIRST_FACILITY 8
#define NAME_BYTES 16
/* A full file system is told of again only after this part of it was free in between. */
#define REARM_PART 32

static int kernel_log = -1;
static int written = -1; /* the root: its writable layer is what statfs speaks of */
static int64_t kill_told_at;
static bool armed = true;
static int64_t next_look = NEVER;

void limits_begin(void) {
    if (!is_init) {
        return; /* a test: the machine's own memory and disk are not the function's */
    }
    kernel_log = open(KERNEL_LOG, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (kernel_log < 0 || lseek(kernel_log, 0, SEEK_END) < 0) {
        die(KERNEL_LOG " cannot be read: %s", strerror(errno));
    }
    watch(kernel_log, SOURCE_KERNEL, 0);
    written = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (written < 0) {
        die("the root cannot be opened: %s", strerror(errno));
    }
}

static bool is_silent(void) {
    return state == STATE_QUIET || state == STATE_RENEWING;
}

static void tell(enum limit_kind kind, uint64_t size, uint64_t used, const char *process, size_t length) {
    uint8_t payload[1 + 8 + 8 + 4 + NAME_BYTES];
    uint32_t name_length = (uint32_t)length;
    payload[0] = (uint8_t)kind;
    memcpy(payload + 1, &size, 8);
    memcpy(payload + 9, &used, 8);
    memcpy(payload + 17, &name_length, 4);
    memcpy(payload + 21, process, length);
    port_send_bytes(LIMIT, payload, 21 + length);
}

static uint64_t memory_bytes(void) {
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool disk(struct statfs *space) {
    return written >= 0 && fstatfs(written, space) == 0 && space->f_blocks > 0;
}

static uint64_t disk_used(const struct statfs *space) {
    return (uint64_t)(space->f_blocks - space->f_bfree) * (uint64_t)space->f_bsize;
}

/* A record is "priority,sequence,time,flags;text"; the text "Out of memory: Killed process 71 (python3) total-vm:…". */
static void read_record(char *record) {
    struct statfs space;
    char *text = strchr(record, ';');
    char *name;
    size_t length = 0;
    if (text == NULL || strtoul(record, NULL, 10) >= FIRST_FACILITY || strstr(text, "ut of memory") == NULL
        || (name = strstr(text, ": Killed process ")) == NULL || (name = strchr(name, '(')) == NULL) {
        return;
    }
    /* A function that forks and dies without end must not fill the port with it. */
    if (is_silent() || (kill_told_at != 0 && now_ms() - kill_told_at < KILL_TOLD_EVERY_MS)) {
        return;
    }
    kill_told_at = now_ms();
    name++;
    while (length < NAME_BYTES && name[length] > ' ' && name[length] < 0x7f && name[length] != ')') {
        length++;
    }
    tell(LIMIT_MEMORY, memory_bytes(), disk(&space) ? disk_used(&space) : 0, name, length);
}

void limits_kernel_readable(void) {
    static char record[8192]; /* the kernel's own bound */
    for (;;) {
        ssize_t count = kernel_log < 0 ? -1 : read(kernel_log, record, sizeof record - 1);
        if (count > 0) {
            record[count] = '\0';
            read_record(record);
        } else if (count == 0 || (errno != EINTR && errno != EPIPE)) {
            return; /* EPIPE: records were overwritten before we came; the next read goes on behind them */
        }
    }
}

/* Whether the writable layer has no room left; tells so when that is new. */
bool limits_disk_is_full(void) {
    struct statfs space;
    bool no_blocks;
    bool no_files;
    if (!disk(&space)) {
        return false;
    }
    no_blocks = space.f_bavail == 0;
    no_files = space.f_files > 0 && space.f_ffree == 0;
    if (!no_blocks && !no_files) {
        armed |= space.f_bavail >= space.f_blocks / REARM_PART;
        return false;
    }
    if (armed && !is_silent()) {
        enum limit_kind kind = no_blocks ? LIMIT_DISK : LIMIT_FILES;
        uint64_t size = no_blocks ? (uint64_t)space.f_blocks * (uint64_t)space.f_bsize : space.f_files;
        armed = false;
        tell(kind, size, disk_used(&space), "", 0);
    }
    return true;
}

int64_t limits_deadline(void) {
    if (written < 0 || !streams_are_open()) {
        next_look = NEVER;
    } else if (next_look == NEVER) {
        next_look = now_ms() + LOOK_EVERY_MS;
    }
    return next_look;
}

void limits_tick(int64_t now) {
    if (now >= next_look) {
        next_look = NEVER;
        limits_disk_is_full();
    }
}
