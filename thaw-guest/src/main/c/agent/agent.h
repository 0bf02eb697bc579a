/* The agent: the first process of a guest. See docs/agent-protocol.md for what it speaks.
 *
 * One thread, one epoll loop, edge-triggered. Nothing waits except at the boot; nothing is allocated: all buffers are static, and
 * what is not used is never touched, so it costs a guest no memory. After a thaw the emulator or the host must fetch every page and
 * translate every instruction anew, so the way from RENEW to the first DATA is kept short: few system calls, no stdio. */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What an epoll event belongs to; the index goes into the lower half of the event's data. */
enum source { SOURCE_PORT, SOURCE_SIGNALS, SOURCE_OUTPUT, SOURCE_STREAM, SOURCE_HOOK_LISTENER, SOURCE_HOOK, SOURCE_KERNEL };

enum state {
    STATE_GREETED,   /* HELLO is sent; START is awaited */
    STATE_STARTED,   /* the function runs and does not listen yet */
    STATE_LISTENING, /* streams may be opened */
    STATE_QUIESCING, /* the hook before the freeze runs */
    STATE_QUIET,     /* QUIESCED is sent: silent until RENEW */
    STATE_RENEWING,  /* the hook after the thaw runs */
};

extern enum state state;
extern bool is_init;             /* false when run as a plain process for tests */
extern const char *root_prefix;  /* "" in a guest; a directory in a test */

/* agent.c */
int64_t now_ms(void);
void watch(int fd, enum source source, uint32_t index);
void die(const char *what, ...) __attribute__((noreturn, format(printf, 1, 2)));
void power_off(void) __attribute__((noreturn));
const char *in_root(const char *path);

/* boot.c, modules.c */
void boot_mount_first(void);
void boot_switch_root(void);
void modules_load(void);

/* port.c: frames in and out of the one port */
int port_find(void);
void port_use(int fd);
void port_readable(void);
bool port_flush(void);
size_t port_room(void);
uint8_t *port_payload(void);
void port_commit(uint8_t type, uint32_t stream, size_t length);
void port_send_number(uint8_t type, uint32_t stream, uint32_t number);
void port_send_empty(uint8_t type, uint32_t stream);
void port_send_bytes(uint8_t type, const void *bytes, size_t length);
bool port_is_idle(void);

/* control.c */
struct frame {
    uint8_t type;
    uint32_t stream;
    const uint8_t *payload;
    uint32_t length;
};
void control_hello(void);
void control_failed(const char *why);
void control_frame(const struct frame *frame);
void control_listening(uint32_t port);
void control_hooks_done(const char *error);

/* function.c: the supervised process */
struct start {
    char **argv;
    char **envp;
    const char *directory;
    const char *user;
    int stop_signal;
    uint16_t port;
};
void function_begin(int signals);
void function_start(const struct start *start);
pid_t function_spawn_hook(const char *program, const char *hook, char *why, size_t capacity);
void function_signal(int number);
void function_shutdown(uint32_t grace_ms);
void function_signals_readable(void);
int64_t function_deadline(void);
void function_tick(int64_t now);
void function_pump(void);
bool function_is_running(void);
uint16_t function_port(void);

/* output.c: the function's standard output and error as LOG */
void output_watch(int out, int err);
void output_readable(uint32_t index);
void output_window(uint32_t bytes);
void output_close_window(void);
void output_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
int64_t output_deadline(void);
void output_pump(int64_t now);
bool output_is_drained(void);

/* limits.c */
void limits_begin(void);
void limits_kernel_readable(void);
bool limits_disk_is_full(void);
int64_t limits_deadline(void);
void limits_tick(int64_t now);

/* network.c */
bool network_is_there(void);
void network_begin(void);

/* listening.c */
void listening_begin(uint16_t port, uint32_t timeout_ms);
void listening_end(void);
int64_t listening_deadline(void);
void listening_tick(int64_t now);

/* streams.c */
void streams_frame(const struct frame *frame);
void streams_ready(uint32_t index, uint32_t events);
void streams_pump(void);
bool streams_are_open(void);
void streams_prepare(void);
void streams_forget_ids(void);

/* identity.c */
struct identity {
    const char *host_name;
    const char *machine_id;
    const char *boot_id;
    int64_t clock_ns;
    const uint8_t *entropy;
    uint32_t entropy_length;
};
void identity_begin(void);
void identity_set(const struct identity *identity);

/* hooks.c */
void hooks_begin(void);
void hooks_before_freeze(uint32_t timeout_ms);
void hooks_after_thaw(uint32_t timeout_ms);
void hooks_abort(void);
void hooks_accept(void);
void hooks_ready(uint32_t index);
void hooks_reap(pid_t pid, int status);
int64_t hooks_deadline(void);
void hooks_tick(int64_t now);

/* user.c */
struct user {
    uid_t uid;
    gid_t gid;
    gid_t groups[64];
    size_t group_count;
    char home[256];
};
bool user_find(const char *text, struct user *user);

/* file.c */
bool file_write(const char *path, const void *bytes, size_t length);
ssize_t file_read(const char *path, void *buffer, size_t capacity);

#define NEVER INT64_MAX
#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
