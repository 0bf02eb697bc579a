/*
 * The launcher starts one VMM with as little privilege as it needs, watches it, and ends with it.
 *
 *     daemon ──stdin (a pipe)──▶ launcher ──fork, drop privileges, limits, filter, exec──▶ VMM
 *            ◀─stdout (a pipe)──
 *
 * A daemon that wants its VMM to outlive it says so ("hold"). When its pipe ends then, the launcher takes the next
 * daemon's connection on a unix socket in the pipe's place, and ends the VMM when none comes in time.
 *
 * The pipe, not PR_SET_PDEATHSIG, ties the launcher to the daemon: that signal follows the thread that spawned a
 * child, and a JVM's threads come and go. The launcher has one thread, so the VMM may be tied to it that way.
 */
#ifndef THAW_LAUNCHER_H
#define THAW_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_FILES 16
/* The VMM sees its files at lower numbers; a limit on open files must leave room above. */
#define ABOVE_INHERITED 100
#define MAX_LIMITS 8
#define MAX_PATIENCE_SECONDS 1000000

/* A descriptor that the VMM inherits under a number that its command line names. */
struct inherited {
    int number;
    const char *path;
    bool listening; /* a unix socket that listens at path; otherwise the file at path, read only */
};

struct limit {
    int resource;
    unsigned long long value;
};

struct options {
    bool drop;
    uid_t uid;
    gid_t gid;
    gid_t extra_group; /* the group of /dev/kvm, or gid */
    struct inherited files[MAX_FILES];
    size_t file_count;
    struct limit limits[MAX_LIMITS];
    size_t limit_count;
    uint64_t guest_memory;    /* its bytes, which get no huge pages; 0: none are refused */
    const char *private_file; /* see opens.c */
    int late_state;           /* where a VMM started ahead of need sees its device state; 0: all its files are known */
    const char *adopt_at;     /* the socket for the next daemon, or NULL */
    int patience_seconds;     /* how long a held VMM waits for it */
    int egress_number;         /* where the VMM sees its tap; 0: it has no network */
    const char *egress_rules;  /* for its name space, in nft's language */
    const char *nft;           /* the program that loads them */
    char **command;
};

/* Reads the command line; ends the process with a message when it is wrong. */
void parse_options(int argc, char **argv, struct options *options);

/* Puts the calling process into a network name space of its own, with a way out; returns its guest's tap. See egress.c. */
int open_egress(const struct options *options);

/* Installs the system-call filter in the calling process. Returns the descriptor of its listener, or -1 when none was asked for. */
int install_filter(uint64_t guest_memory, bool watch_opens);

#define LATE_FILES 3

/* How a VMM's read-write opens are answered; see opens.c. */
struct opens {
    int listener; /* of the filter, or -1 */
    pid_t vmm;
    struct {
        const char *name; /* what the VMM opens */
        const char *path; /* the file that it gets, read only; NULL while the daemon has not named it */
    } files[2];
    size_t count;
    int state_number;
    const char *state; /* the file to be put there, or NULL */
    bool waiting;      /* the VMM waits in the open `request` of the file `wanted` */
    unsigned long long request;
    size_t wanted;
};

void prepare_opens(struct opens *opens, const struct options *options, int listener, pid_t vmm);

/* Takes up one stopped open of the VMM. Afterwards it may be `waiting`; then no other is to be taken up. */
void take_open(struct opens *opens);

/* Names the files of a VMM that was started ahead of need: memory, root file system, device state. They must stay where they are. */
void name_late_files(struct opens *opens, const char *const paths[LATE_FILES]);

/* Listens on a unix socket that only this user may connect to. */
int listen_at(const char *path);

/* Watches the VMM until it has ended; returns the exit status for the launcher. `next` listens for the next daemon, or is -1. */
int supervise(pid_t vmm, struct opens *opens, int errors, int next, int patience_seconds);

/* Prints `launcher: what: strerror` to standard output, where the daemon reads it, and ends. */
__attribute__((noreturn)) void fail(const char *what);

#endif
