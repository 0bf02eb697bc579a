/* A function for the guest's tests: each connection says in its first line what it wants. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = write(fd, bytes, length);
        if (count <= 0) {
            return -1;
        }
        bytes += count;
        length -= (size_t)count;
    }
    return 0;
}

static void copy(int from, int to) {
    static char buffer[65536];
    for (ssize_t count; (count = read(from, buffer, sizeof buffer)) > 0;) {
        if (write_all(to, buffer, (size_t)count) < 0) {
            return;
        }
    }
}

static void send_file(int fd, const char *path) {
    int file = open(path, O_RDONLY);
    if (file < 0) {
        dprintf(fd, "no %s\n", path);
        return;
    }
    copy(file, fd);
    close(file);
}

/* Bytes that the receiver can check: each is its position modulo 251. */
static void source(int fd, long length) {
    static char buffer[65536];
    for (long sent = 0; sent < length;) {
        long part = length - sent < (long)sizeof buffer ? length - sent : (long)sizeof buffer;
        for (long i = 0; i < part; i++) {
            buffer[i] = (char)((sent + i) % 251);
        }
        if (write_all(fd, buffer, (size_t)part) < 0) {
            return;
        }
        sent += part;
    }
}

static void sink(int fd) {
    static unsigned char buffer[65536];
    long total = 0;
    long wrong = 0;
    for (ssize_t count; (count = read(fd, buffer, sizeof buffer)) > 0;) {
        for (ssize_t i = 0; i < count; i++) {
            wrong += buffer[i] != (total + i) % 251;
        }
        total += count;
    }
    dprintf(fd, "%ld %ld\n", total, wrong);
}

static void identity(int fd) {
    unsigned char bytes[32];
    char name[65];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes || gethostname(name, sizeof name) < 0) {
        return;
    }
    dprintf(fd, "clock %lld%09ld\nhost %s\nrandom ", (long long)now.tv_sec, now.tv_nsec, name);
    for (size_t i = 0; i < sizeof bytes; i++) {
        dprintf(fd, "%02x", bytes[i]);
    }
    dprintf(fd, "\nmachine ");
    send_file(fd, "/etc/machine-id");
    dprintf(fd, "boot ");
    send_file(fd, "/proc/sys/kernel/random/boot_id");
    dprintf(fd, "etc-hostname ");
    send_file(fd, "/etc/hostname");
}

static void write_file(int fd, const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dprintf(fd, file >= 0 && write_all(file, text, strlen(text)) == 0 ? "written\n" : "failed\n");
    close(file);
}

static void eat_memory(void) {
    for (;;) {
        char *block = malloc(1 << 20);
        if (block == NULL) {
            _exit(3);
        }
        memset(block, 1, 1 << 20);
    }
}

/* Writes until there is no room; says how much went in and why no more. The file stays. */
static void fill(int fd, const char *path) {
    static char block[65536];
    long long total = 0;
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t count;
    while ((count = write(file, block, sizeof block)) > 0) {
        total += count;
    }
    dprintf(fd, "%lld %s\n", total, strerror(errno));
    close(file);
}

/* Bytes without end, or nearly: what a function that runs wild writes to its log. */
static void flood(long blocks) {
    static char block[65536];
    memset(block, 'x', sizeof block);
    block[sizeof block - 1] = '\n';
    for (long i = 0; i < blocks; i++) {
        if (write_all(STDOUT_FILENO, block, sizeof block) < 0) {
            return;
        }
    }
}

/* The same, and each block only when the one before has been taken out of the pipe. */
static void flood_empty_pipe(long blocks) {
    const struct timespec pause_time = {.tv_nsec = 200000};
    for (long i = 0; i < blocks; i++) {
        for (int left = 1; left > 0 && ioctl(STDOUT_FILENO, FIONREAD, &left) == 0 && left > 0;) {
            nanosleep(&pause_time, NULL);
        }
        flood(1);
    }
}

static void log_lines(const char *text, long count, int fd) {
    for (long i = 0; i < count; i++) {
        dprintf(fd, "%s %ld\n", text, i);
    }
}

static void serve(int fd, pid_t main_process) {
    char line[512];
    size_t length = 0;
    char word[32] = "";
    char one[256] = "";
    char two[256] = "";
    while (length < sizeof line - 1 && read(fd, line + length, 1) == 1 && line[length] != '\n') {
        length++;
    }
    line[length] = '\0';
    sscanf(line, "%31s %255s %255s", word, one, two);
    if (strcmp(word, "echo") == 0) {
        copy(fd, fd);
    } else if (strcmp(word, "source") == 0) {
        source(fd, atol(one));
    } else if (strcmp(word, "sink") == 0) {
        sink(fd);
    } else if (strcmp(word, "identity") == 0) {
        identity(fd);
    } else if (strcmp(word, "whoami") == 0) {
        dprintf(fd, "%d:%d %s\n", (int)getuid(), (int)getgid(), getenv("HOME"));
    } else if (strcmp(word, "environment") == 0) {
        dprintf(fd, "%s\n", getenv(one) != NULL ? getenv(one) : "-");
    } else if (strcmp(word, "write") == 0) {
        write_file(fd, one, two);
    } else if (strcmp(word, "read") == 0) {
        send_file(fd, one);
    } else if (strcmp(word, "out") == 0) {
        log_lines(one, atol(two), STDOUT_FILENO);
    } else if (strcmp(word, "err") == 0) {
        log_lines(one, atol(two), STDERR_FILENO);
    } else if (strcmp(word, "fill") == 0) {
        fill(fd, one);
    } else if (strcmp(word, "child-memory") == 0) {
        eat_memory();
    } else if (strcmp(word, "flood") == 0) {
        flood(16 * atol(one));
        dprintf(fd, "flooded\n");
    } else if (strcmp(word, "flood-empty-pipe") == 0) {
        flood_empty_pipe(16 * atol(one));
        dprintf(fd, "flooded\n");
    } else if (strcmp(word, "remove") == 0) {
        dprintf(fd, "%s\n", unlink(one) == 0 ? "removed" : strerror(errno));
    } else if (strcmp(word, "kill") == 0) {
        kill(main_process, atoi(one));
    } else if (strcmp(word, "abort") == 0) {
        struct linger now = {.l_onoff = 1};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    } else if (strcmp(word, "orphan") == 0) {
        if (fork() == 0) {
            _exit(fork() == 0 ? (int)usleep(20000) : 0);
        }
    } else if (strcmp(word, "stuck") == 0) {
        pause();
    } else if (strcmp(word, "wait") == 0) {
        char byte;
        while (read(fd, &byte, 1) > 0) {
        }
    }
}

/* Commands that the main process must carry out itself. */
static void serve_in_main(int fd, int listener) {
    char peek[64] = "";
    ssize_t count = recv(fd, peek, sizeof peek - 1, MSG_PEEK);
    if (count > 0 && strncmp(peek, "exit ", 5) == 0) {
        exit(atoi(peek + 5));
    }
    if (count > 0 && strncmp(peek, "memory", 6) == 0) {
        eat_memory();
    }
    if (count > 0 && strncmp(peek, "unlisten", 8) == 0) {
        close(listener);
        close(fd);
        for (;;) {
            pause();
        }
    }
}

/* As a hook program: notes that it ran, and fails when it was told to. */
static int hook(const char *name) {
    char path[64];
    int file = open("/tmp/hooks", O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (file < 0 || dprintf(file, "%s\n", name) < 0) {
        return 2;
    }
    snprintf(path, sizeof path, "/tmp/fail-%s", name);
    return access(path, F_OK) == 0 ? 3 : 0;
}

int main(int argc, char **argv) {
    const char *text = getenv("PORT");
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(text != NULL ? text : "8080"))};
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (getenv("THAW_HOOK") != NULL) {
        return hook(getenv("THAW_HOOK"));
    }
    if (argc > 1 && strcmp(argv[1], "exit") == 0) {
        dprintf(STDOUT_FILENO, "to standard output\n");
        dprintf(STDERR_FILENO, "to standard error\n");
        return argc > 2 ? atoi(argv[2]) : 0;
    }
    if (argc > 1 && strcmp(argv[1], "deaf") == 0) {
        pause();
    }
    signal(SIGCHLD, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 512) < 0) {
        perror("function");
        return 1;
    }
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        pid_t main_process = getpid();
        serve_in_main(fd, listener);
        if (fork() == 0) {
            close(listener);
            serve(fd, main_process);
            _exit(0);
        }
        close(fd);
    }
    return 1;
}
