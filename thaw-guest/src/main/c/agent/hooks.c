/* The function is told before its freeze and after its thaw: by executables of the image, and over a socket on which adapters inside
 * the function's processes wait. All that are told at one time must answer before a deadline. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define BEFORE_FREEZE "/opt/thaw/hooks/before-freeze"
#define AFTER_THAW "/opt/thaw/hooks/after-thaw"
#define HOOK_SOCKET "/run/thaw/hooks.sock"
#define MAX_ADAPTERS 16
#define LINE_BYTES 256
#define ENTROPY_BYTES 32
#define ERROR_BYTES 512

static struct adapter {
    int fd;
    bool asked;
    size_t length;
    char line[LINE_BYTES];
} adapters[MAX_ADAPTERS];

static int listener = -1;
static bool going;
static bool has_after_thaw;
static pid_t program;
static int64_t give_up = NEVER;
static char error[ERROR_BYTES];

void hooks_begin(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = in_root(HOOK_SOCKET);
    for (size_t i = 0; i < MAX_ADAPTERS; i++) {
        adapters[i].fd = -1;
    }
    if (strlen(path) >= sizeof address.sun_path) {
        die("the hook socket's path is too long: %s", path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || chmod(path, 0666) < 0
        || listen(listener, MAX_ADAPTERS) < 0) {
        die("the hook socket %s cannot be made: %s", path, strerror(errno));
    }
    watch(listener, SOURCE_HOOK_LISTENER, 0);
}

static void add_adapter(int fd) {
    for (uint32_t i = 0; i < MAX_ADAPTERS; i++) {
        if (adapters[i].fd < 0) {
            adapters[i] = (struct adapter){.fd = fd};
            watch(fd, SOURCE_HOOK, i);
            return;
        }
    }
    output_note("more than %d hook connections: one is refused\n", MAX_ADAPTERS);
    close(fd);
}

void hooks_accept(void) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        add_adapter(fd);
    }
}

static void fail(const char *who, const char *why) {
    if (error[0] == '\0') {
        snprintf(error, sizeof error, "%s: %s", who, why);
    }
}

static void drop(struct adapter *adapter) {
    close(adapter->fd);
    adapter->fd = -1;
    if (adapter->asked) {
        adapter->asked = false;
        fail("hook socket", "the process closed it before it answered");
    }
}

static void finish_when_all_answered(void) {
    if (!going || program > 0) {
        return;
    }
    for (size_t i = 0; i < MAX_ADAPTERS; i++) {
        if (adapters[i].asked) {
            return;
        }
    }
    going = false;
    give_up = NEVER;
    control_hooks_done(error);
}

static void take_line(struct adapter *adapter, char *line) {
    if (!adapter->asked) {
        drop(adapter);
        return;
    }
    adapter->asked = false;
    if (strncmp(line, "error", 5) == 0) {
        fail("hook socket", line[5] == ' ' ? line + 6 : "no reason given");
    } else if (strcmp(line, "ok") != 0) {
        fail("hook socket", "the answer is neither ok nor error");
    }
}

void hooks_ready(uint32_t index) {
    struct adapter *adapter = &adapters[index];
    while (adapter->fd >= 0) {
        char *end;
        ssize_t count = read(adapter->fd, adapter->line + adapter->length, LINE_BYTES - 1 - adapter->length);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        }
        if (count <= 0) {
            drop(adapter);
            break;
        }
        adapter->length += (size_t)count;
        adapter->line[adapter->length] = '\0';
        end = strchr(adapter->line, '\n');
        if (end != NULL) {
            *end = '\0';
            adapter->length = 0;
            take_line(adapter, adapter->line);
        } else if (adapter->length == LINE_BYTES - 1) {
            drop(adapter);
        }
    }
    finish_when_all_answered();
}

static size_t write_line(char *line, const char *hook) {
    static const char digits[] = "0123456789abcdef";
    uint8_t entropy[ENTROPY_BYTES];
    size_t length = strlen(hook);
    memcpy(line, hook, length);
    if (strcmp(hook, "after-thaw") == 0) {
        if (getrandom(entropy, sizeof entropy, 0) != sizeof entropy) {
            die("no random numbers: %s", strerror(errno));
        }
        line[length++] = ' ';
        for (size_t i = 0; i < sizeof entropy; i++) {
            line[length++] = digits[entropy[i] >> 4];
            line[length++] = digits[entropy[i] & 15];
        }
    }
    line[length++] = '\n';
    return length;
}

static void ask(struct adapter *adapter, const char *hook) {
    char line[LINE_BYTES];
    size_t length = write_line(line, hook);
    adapter->asked = true;
    adapter->length = 0;
    if (send(adapter->fd, line, length, MSG_NOSIGNAL) != (ssize_t)length) {
        drop(adapter);
    }
}

static bool has_program(const char *path) {
    return access(in_root(path), F_OK) == 0;
}

static void run_program(const char *hook, const char *path) {
    char why[256];
    program = function_spawn_hook(path, hook, why, sizeof why);
    if (program < 0) {
        char text[300];
        program = 0;
        snprintf(text, sizeof text, "cannot %s", why);
        fail("hook program", text);
    }
}

static void run(const char *hook, const char *path, uint32_t timeout_ms) {
    error[0] = '\0';
    going = true;
    give_up = now_ms() + timeout_ms;
    for (size_t i = 0; i < MAX_ADAPTERS; i++) {
        if (adapters[i].fd >= 0) {
            ask(&adapters[i], hook);
        }
    }
    if (path != NULL && function_is_running()) {
        run_program(hook, path);
    }
    finish_when_all_answered();
}

void hooks_before_freeze(uint32_t timeout_ms) {
    hooks_accept();
    has_after_thaw = has_program(AFTER_THAW);
    run("before-freeze", has_program(BEFORE_FREEZE) ? in_root(BEFORE_FREEZE) : NULL, timeout_ms);
}

/* Looks nothing up: on a thaw each path through the kernel costs. Who connected since the freeze was accepted by the loop before. */
void hooks_after_thaw(uint32_t timeout_ms) {
    run("after-thaw", has_after_thaw ? in_root(AFTER_THAW) : NULL, timeout_ms);
}

/* Forgets what was asked: an adapter that still answers is not believed again. */
void hooks_abort(void) {
    going = false;
    give_up = NEVER;
    if (program > 0) {
        kill(-program, SIGKILL);
        program = 0;
    }
    for (size_t i = 0; i < MAX_ADAPTERS; i++) {
        if (adapters[i].asked) {
            drop(&adapters[i]);
        }
    }
}

void hooks_reap(pid_t pid, int status) {
    if (program <= 0 || pid != program) {
        return;
    }
    program = 0;
    if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0) {
        char text[64];
        snprintf(text, sizeof text, WIFSIGNALED(status) ? "ended by signal %d" : "exited with code %d",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        fail("hook program", text);
    }
    finish_when_all_answered();
}

int64_t hooks_deadline(void) {
    return give_up;
}

void hooks_tick(int64_t now) {
    if (now < give_up) {
        return;
    }
    fail("hook", "it did not answer in time");
    hooks_abort();
    control_hooks_done(error);
}
