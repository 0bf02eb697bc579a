/* The supervised function: its start, its end, its signals; and as pid 1 the reaping of whatever it leaves behind. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "protocol.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define HOOK_SOCKET "/run/thaw/hooks.sock"

static const struct start *function;
static struct user user;
static pid_t function_pid;
static bool running;
static bool exit_is_due;
static int exit_status;
static uint8_t exit_limit;
static uint64_t kills_before;
static int write_ends[2];
static int64_t kill_at = NEVER;
static bool shutting_down;

static int signal_fd = -1;

/* How often the kernel has killed a process for memory. */
static uint64_t memory_kills(void) {
    static char text[16384];
    const char *line;
    if (file_read("/proc/vmstat", text, sizeof text) < 0 || (line = strstr(text, "\noom_kill ")) == NULL) {
        return 0;
    }
    return strtoull(line + strlen("\noom_kill "), NULL, 10);
}

/* Environment of the function: what the host sent, and what only the agent knows. */
static char **complete_environment(const char *hook) {
    static char *environment[MAX_LIST_ITEMS + 5];
    static char home[sizeof user.home + 8];
    static char socket[512];
    static char hook_entry[64];
    bool has_home = false;
    bool has_path = false;
    size_t count = 0;
    for (char **entry = function->envp; *entry != NULL; entry++) {
        has_home |= strncmp(*entry, "HOME=", 5) == 0;
        has_path |= strncmp(*entry, "PATH=", 5) == 0;
        environment[count++] = *entry;
    }
    if (!has_home) {
        snprintf(home, sizeof home, "HOME=%s", user.home);
        environment[count++] = home;
    }
    if (!has_path) {
        environment[count++] = "PATH=" DEFAULT_PATH;
    }
    snprintf(socket, sizeof socket, "THAW_HOOK_SOCKET=%s", in_root(HOOK_SOCKET));
    environment[count++] = socket;
    if (hook != NULL) {
        snprintf(hook_entry, sizeof hook_entry, "THAW_HOOK=%s", hook);
        environment[count++] = hook_entry;
    }
    environment[count] = NULL;
    return environment;
}

static const char *become_user(void) {
    if (geteuid() != 0) {
        return NULL; /* a test of an ordinary user */
    }
    if (setgroups(user.group_count, user.groups) < 0) {
        return "set its groups";
    }
    if (setgid(user.gid) < 0) {
        return "set its group";
    }
    return setuid(user.uid) < 0 ? "set its user" : NULL;
}

/* In the child: becomes the program, or says on the pipe what could not be done. */
static void run_child(char **arguments, char **environment, int failure) __attribute__((noreturn));
static void run_child(char **arguments, char **environment, int failure) {
    sigset_t none;
    const char *step;
    int nothing = open("/dev/null", O_RDONLY);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    if (!is_init) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    dup2(nothing, STDIN_FILENO);
    dup2(write_ends[0], STDOUT_FILENO);
    dup2(write_ends[1], STDERR_FILENO);
    if (nothing > STDERR_FILENO) {
        close(nothing);
    }
    step = become_user();
    if (step == NULL && chdir(function->directory) < 0) {
        step = "enter its working directory";
    }
    if (step == NULL) {
        environ = environment;
        execvp(arguments[0], arguments);
        step = "be run";
    }
    dprintf(failure, "%s: %s", step, strerror(errno));
    _exit(127);
}

/* Starts a program as the function's user. Waits until it runs: at most as long as execve takes. */
static pid_t spawn(char **arguments, const char *hook, char *why, size_t capacity) {
    int failure[2];
    ssize_t count;
    pid_t pid;
    if (pipe2(failure, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        snprintf(why, capacity, "be forked: %s", strerror(errno));
        return -1;
    }
    if (pid == 0) {
        run_child(arguments, complete_environment(hook), failure[1]);
    }
    close(failure[1]);
    do {
        count = read(failure[0], why, capacity - 1);
    } while (count < 0 && errno == EINTR);
    close(failure[0]);
    why[count > 0 ? count : 0] = '\0';
    return count > 0 ? -1 : pid;
}

static void open_output(void) {
    int out[2];
    int err[2];
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
        die("the function's output cannot be taken: %s", strerror(errno));
    }
    write_ends[0] = out[1];
    write_ends[1] = err[1];
    /* Only our ends do not block. A function that is not root may open /dev/stdout anew. */
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    if (geteuid() == 0 && (fchown(out[1], user.uid, user.gid) < 0 || fchown(err[1], user.uid, user.gid) < 0)) {
        die("the function's output cannot be given to it: %s", strerror(errno));
    }
    output_watch(out[0], err[0]);
}

void function_begin(int signals) {
    signal_fd = signals;
}

void function_start(const struct start *start) {
    char why[256];
    function = start;
    if (!user_find(start->user, &user)) {
        die("the image has no user '%s'", start->user);
    }
    open_output();
    kills_before = memory_kills();
    function_pid = spawn(start->argv, NULL, why, sizeof why);
    if (function_pid < 0) {
        die("the function '%s' cannot %s", start->argv[0], why);
    }
    running = true;
    port_send_number(STARTED, 0, (uint32_t)function_pid);
}

pid_t function_spawn_hook(const char *program, const char *hook, char *why, size_t capacity) {
    char path[512]; /* what in_root gave does not outlive the next call */
    char *arguments[] = {path, NULL};
    snprintf(path, sizeof path, "%s", program);
    return spawn(arguments, hook, why, capacity);
}

bool function_is_running(void) {
    return running;
}

uint16_t function_port(void) {
    return function->port;
}

void function_signal(int number) {
    if (running) {
        kill(-function_pid, number);
    }
}

void function_shutdown(uint32_t grace_ms) {
    if (shutting_down || !running) {
        power_off();
    }
    shutting_down = true;
    kill_at = now_ms() + grace_ms;
    function_signal(function->stop_signal);
}

int64_t function_deadline(void) {
    return kill_at;
}

void function_tick(int64_t now) {
    if (now >= kill_at) {
        kill_at = NEVER;
        function_signal(SIGKILL);
    }
}

static void reap(pid_t pid, int status) {
    if (running && pid == function_pid) {
        running = false;
        exit_is_due = true;
        exit_status = status;
        limits_kernel_readable(); /* what is known of its end comes before its end */
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && memory_kills() > kills_before) {
            exit_limit = EXIT_MEMORY;
        } else if (limits_disk_is_full()) {
            exit_limit = EXIT_DISK;
        }
    } else {
        hooks_reap(pid, status);
    }
}

void function_signals_readable(void) {
    struct signalfd_siginfo info;
    int status;
    while (read(signal_fd, &info, sizeof info) > 0) {
    }
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        reap(pid, status);
    }
}

/* The end is told after all that was written before it. */
void function_pump(void) {
    uint8_t payload[6];
    int32_t code;
    if (!exit_is_due || !output_is_drained()) {
        return;
    }
    exit_is_due = false;
    code = WIFSIGNALED(exit_status) ? WTERMSIG(exit_status) : WEXITSTATUS(exit_status);
    payload[0] = WIFSIGNALED(exit_status) ? 1 : 0;
    memcpy(payload + 1, &code, sizeof code);
    payload[5] = exit_limit;
    port_send_bytes(EXITED, payload, sizeof payload);
    if (shutting_down) {
        port_flush();
        power_off();
    }
}
