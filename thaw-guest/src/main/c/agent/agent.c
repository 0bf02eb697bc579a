/* The agent's start and its one loop. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 32
#define LAST_WORDS_MS 1000

enum state state = STATE_GREETED;
bool is_init = true;
const char *root_prefix = "";

static int poller = -1;
static bool dying;

int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A path of the image; valid until the next call. */
const char *in_root(const char *path) {
    static char buffer[512];
    if (*root_prefix == '\0') {
        return path;
    }
    snprintf(buffer, sizeof buffer, "%s%s", root_prefix, path);
    return buffer;
}

void watch(int fd, enum source source, uint32_t index) {
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data.u64 = (uint64_t)source << 32 | index,
    };
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) {
        die("a descriptor cannot be watched: %s", strerror(errno));
    }
}

void power_off(void) {
    if (!is_init) {
        function_signal(SIGKILL);
        _exit(0);
    }
    sync();
    reboot(RB_POWER_OFF);
    for (;;) {
        pause();
    }
}

/* Says why, to the host where there is one, and ends the guest. */
void die(const char *what, ...) {
    const struct timespec pause_time = {.tv_nsec = 1000000};
    char why[512];
    va_list arguments;
    va_start(arguments, what);
    vsnprintf(why, sizeof why, what, arguments);
    va_end(arguments);
    dprintf(STDERR_FILENO, "thaw agent: %s\n", why);
    if (!dying) {
        dying = true;
        control_failed(why);
        for (int64_t end = now_ms() + LAST_WORDS_MS; !port_flush() && now_ms() < end; nanosleep(&pause_time, NULL)) {
        }
    }
    power_off();
}

static void dispatch(const struct epoll_event *event) {
    uint32_t index = (uint32_t)event->data.u64;
    switch ((enum source)(event->data.u64 >> 32)) {
    case SOURCE_PORT:
        port_readable();
        break;
    case SOURCE_SIGNALS:
        function_signals_readable();
        break;
    case SOURCE_OUTPUT:
        output_readable(index);
        break;
    case SOURCE_STREAM:
        streams_ready(index, event->events);
        break;
    case SOURCE_HOOK_LISTENER:
        hooks_accept();
        break;
    case SOURCE_HOOK:
        hooks_ready(index);
        break;
    case SOURCE_KERNEL:
        limits_kernel_readable();
        break;
    }
}

/* Sends what there is to send until nothing is left or the port is full. */
static void pump(void) {
    do {
        streams_pump();
        output_pump(now_ms());
        function_pump();
    } while (!port_is_idle() && port_flush());
}

static int64_t earliest(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int wait_ms(void) {
    int64_t deadline = earliest(
        earliest(earliest(function_deadline(), output_deadline()), limits_deadline()),
        earliest(listening_deadline(), hooks_deadline()));
    int64_t left;
    if (deadline == NEVER) {
        return -1;
    }
    left = deadline - now_ms();
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void tick(void) {
    int64_t now = now_ms();
    function_tick(now);
    listening_tick(now);
    hooks_tick(now);
    limits_tick(now);
}

static void loop(void) {
    for (;;) {
        struct epoll_event events[EVENTS];
        int count;
        pump();
        count = epoll_wait(poller, events, EVENTS, wait_ms());
        if (count < 0 && errno != EINTR) {
            die("nothing can be waited for: %s", strerror(errno));
        }
        for (int i = 0; i < count; i++) {
            dispatch(&events[i]);
        }
        tick();
    }
}

static void watch_signals(void) {
    int fd;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        die("signals cannot be received: %s", strerror(errno));
    }
    watch(fd, SOURCE_SIGNALS, 0);
    function_begin(fd);
}

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof address.sun_path) {
        die("no socket for %s", path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        die("%s cannot be connected: %s", path, strerror(errno));
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* As a plain process, to be tested without a guest: streams, supervision and hooks are the same. */
static int begin_as_process(int count, char **arguments) {
    int fd = -1;
    is_init = false;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--connect") == 0 && i + 1 < count) {
            fd = connect_to(arguments[++i]);
        } else if (strcmp(arguments[i], "--root") == 0 && i + 1 < count) {
            root_prefix = arguments[++i];
        } else if (strcmp(arguments[i], "--no-init") != 0) {
            die("unknown option %s", arguments[i]);
        }
    }
    if (fd < 0) {
        die("the agent is a guest's first process; elsewhere it needs --connect SOCKET --root FOLDER --no-init");
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return fd;
}

static int begin_as_init(void) {
    boot_mount_first();
    modules_load();
    return port_find();
}

int main(int count, char **arguments) {
    int fd;
    poller = epoll_create1(EPOLL_CLOEXEC);
    fd = getpid() == 1 ? begin_as_init() : begin_as_process(count, arguments);
    port_use(fd);
    if (is_init) {
        boot_switch_root();
    }
    network_begin();
    watch_signals();
    identity_begin();
    hooks_begin();
    limits_begin();
    control_hello();
    loop();
}
