/*
 * The system-call filter of a VMM.
 *
 * 1. What no VMM needs and an attacker wants fails with EPERM: mounts, modules, tracing, other processes' memory, keys, new name
 *    spaces, clocks, BPF, and sockets other than unix ones. QEMU's own `-sandbox` adds to this after its set-up (no exec, no fork).
 * 2. madvise(MADV_HUGEPAGE) of as many bytes as the guest has memory succeeds without effect. A huge page on guest memory that is
 *    mapped from a file makes the kernel read 2 MiB for each 4 KiB fault, ten times what a thaw needs. The emulator asks for huge
 *    pages for the code that it translates, too, and gets them: that saves a thaw a third of its page faults.
 * 3. Opening a file read-write can be referred to the launcher (seccomp user notification). QEMU before 8.2 opens the file behind
 *    guest memory read-write even when it maps it privately; the launcher hands it a read-only descriptor instead (opens.c), so
 *    that a VMM taken over by its guest cannot change a snapshot that others share.
 */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __x86_64__
#error "The filter is written for x86-64; other architectures need their own list."
#endif

#define X32_BIT 0x40000000u
#define HUGEPAGE_ADVICE 14

#define FIELD(name) offsetof(struct seccomp_data, name)
/* The low half of an argument; but for sizes, all that is compared here fits in it. */
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + (n) * 8)
#define HIGH_ARGUMENT(n) (ARGUMENT(n) + 4)
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define IF_EQUAL(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (then), (otherwise))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define DENY(number) IF_EQUAL((number), 0, 1), RETURN(SECCOMP_RET_ERRNO | EPERM)

static const struct sock_filter program[] = {
    LOAD(FIELD(arch)),
    IF_EQUAL(AUDIT_ARCH_X86_64, 1, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    LOAD(FIELD(nr)),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
    RETURN(SECCOMP_RET_KILL_PROCESS),

    IF_EQUAL(SYS_socket, 0, 4),
    LOAD(ARGUMENT(0)),
    IF_EQUAL(AF_UNIX, 0, 1),
    RETURN(SECCOMP_RET_ALLOW),
    RETURN(SECCOMP_RET_ERRNO | EPERM),

    DENY(SYS_acct),
    DENY(SYS_add_key),
    DENY(SYS_adjtimex),
    DENY(SYS_bpf),
    DENY(SYS_chroot),
    DENY(SYS_clock_adjtime),
    DENY(SYS_clock_settime),
    DENY(SYS_delete_module),
    DENY(SYS_fanotify_init),
    DENY(SYS_finit_module),
    DENY(SYS_fsopen),
    DENY(SYS_init_module),
    DENY(SYS_io_uring_setup),
    DENY(SYS_ioperm),
    DENY(SYS_iopl),
    DENY(SYS_kexec_file_load),
    DENY(SYS_kexec_load),
    DENY(SYS_keyctl),
    DENY(SYS_mount),
    DENY(SYS_move_mount),
    DENY(SYS_name_to_handle_at),
    DENY(SYS_open_by_handle_at),
    DENY(SYS_open_tree),
    DENY(SYS_perf_event_open),
    DENY(SYS_personality),
    DENY(SYS_pidfd_getfd),
    DENY(SYS_pidfd_open),
    DENY(SYS_pivot_root),
    DENY(SYS_process_vm_readv),
    DENY(SYS_process_vm_writev),
    DENY(SYS_ptrace),
    DENY(SYS_quotactl),
    DENY(SYS_reboot),
    DENY(SYS_request_key),
    DENY(SYS_setdomainname),
    DENY(SYS_sethostname),
    DENY(SYS_setns),
    DENY(SYS_settimeofday),
    DENY(SYS_swapoff),
    DENY(SYS_swapon),
    DENY(SYS_umount2),
    DENY(SYS_unshare),
    DENY(SYS_userfaultfd),
    RETURN(SECCOMP_RET_ALLOW),
};

/* A filter of its own, small: read-write opens go to the launcher. The strictest answer of all filters counts. */
static const struct sock_filter opens[] = {
    LOAD(FIELD(nr)),
    IF_EQUAL(SYS_openat, 0, 4),
    LOAD(ARGUMENT(2)),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, O_ACCMODE),
    IF_EQUAL(O_RDWR, 0, 1),
    RETURN(SECCOMP_RET_USER_NOTIF),
    RETURN(SECCOMP_RET_ALLOW),
};

static int install(const struct sock_filter *filter, size_t length, unsigned flags)
{
    struct sock_fprog descriptor = {.len = (unsigned short)length, .filter = (struct sock_filter *)filter};
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &descriptor);
    if (result < 0)
        fail("seccomp");
    return (int)result;
}

/* Another: guest memory is made of small pages. */
static void keep_pages_small(uint64_t memory)
{
    const struct sock_filter filter[] = {
        LOAD(FIELD(nr)),
        IF_EQUAL(SYS_madvise, 0, 7),
        LOAD(ARGUMENT(2)),
        IF_EQUAL(HUGEPAGE_ADVICE, 0, 5),
        LOAD(ARGUMENT(1)),
        IF_EQUAL((uint32_t)memory, 0, 3),
        LOAD(HIGH_ARGUMENT(1)),
        IF_EQUAL((uint32_t)(memory >> 32), 0, 1),
        RETURN(SECCOMP_RET_ERRNO | 0),
        RETURN(SECCOMP_RET_ALLOW),
    };
    install(filter, sizeof filter / sizeof *filter, 0);
}

int install_filter(uint64_t guest_memory, bool watch_opens)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        fail("no_new_privs");
    install(program, sizeof program / sizeof *program, 0);
    if (guest_memory != 0)
        keep_pages_small(guest_memory);
    return watch_opens ? install(opens, sizeof opens / sizeof *opens, SECCOMP_FILTER_FLAG_NEW_LISTENER) : -1;
}
