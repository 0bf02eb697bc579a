/*
 * The smallest sample function: an HTTP server on $PORT, one thread a connection. docs/samples.md describes what every
 * hello sample answers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "http.h"

enum { STATE_BYTES = 1 << 20, FILE_NAME_BYTES = 128, THREAD_STACK_BYTES = 256 << 10 };

static pthread_mutex_t state_lock = PTHREAD_MUTEX_INITIALIZER;
static char state[STATE_BYTES]; /* guarded by state_lock */
static size_t state_size;       /* guarded by state_lock */

static bool text(struct connection *c, int status, const char *body)
{
    return http_answer(c, status, "text/plain", body, strlen(body));
}

/* Reads the rest of the body so that the connection can carry another request. */
static bool drain(struct connection *c)
{
    char scratch[4096];
    long n;
    while ((n = http_read_body(c, scratch, sizeof scratch)) > 0)
        ;
    return n == 0;
}

static bool echo(struct connection *c)
{
    char part[16384];
    long n;
    if (!http_head(c, 200, "application/octet-stream", c->chunked ? -1 : c->content_length < 0 ? 0 : c->content_length))
        return false;
    while ((n = http_read_body(c, part, sizeof part)) > 0)
        if (!http_write(c, part, (size_t)n))
            return false;
    return n == 0 && http_end(c);
}

static void hex(const unsigned char *bytes, size_t size, char *to)
{
    for (size_t i = 0; i < size; i++)
        sprintf(to + 2 * i, "%02x", bytes[i]);
}

static void first_line(const char *path, char *to, size_t size)
{
    FILE *file = fopen(path, "re");
    to[0] = 0;
    if (!file)
        return;
    if (fgets(to, (int)size, file))
        to[strcspn(to, "\r\n\"\\")] = 0;
    fclose(file);
}

static bool identity(struct connection *c)
{
    unsigned char random[32], u[16];
    if (getrandom(random, sizeof random, 0) != sizeof random || getrandom(u, sizeof u, 0) != sizeof u)
        return text(c, 500, "no random numbers\n");
    u[6] = (u[6] & 0x0f) | 0x40;
    u[8] = (u[8] & 0x3f) | 0x80;
    char random_hex[65], uuid_hex[33], host[256] = "", machine[128], boot[128], body[1024];
    hex(random, sizeof random, random_hex);
    hex(u, sizeof u, uuid_hex);
    gethostname(host, sizeof host - 1);
    first_line("/etc/machine-id", machine, sizeof machine);
    first_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int n = snprintf(body, sizeof body,
                     "{\"uuid\":\"%.8s-%.4s-%.4s-%.4s-%.12s\",\"random\":\"%s\",\"hostname\":\"%s\","
                     "\"machine_id\":\"%s\",\"boot_id\":\"%s\",\"clock_ns\":%lld}\n",
                     uuid_hex, uuid_hex + 8, uuid_hex + 12, uuid_hex + 16, uuid_hex + 20, random_hex, host, machine,
                     boot, t.tv_sec * 1000000000LL + t.tv_nsec);
    return http_answer(c, 200, "application/json", body, (size_t)n);
}

static bool get_state(struct connection *c)
{
    pthread_mutex_lock(&state_lock);
    size_t size = state_size;
    char *copy = malloc(size + 1);
    if (copy)
        memcpy(copy, state, size);
    pthread_mutex_unlock(&state_lock);
    if (!copy)
        return text(c, 500, "out of memory\n");
    bool sent = http_answer(c, 200, "application/octet-stream", copy, size);
    free(copy);
    return sent;
}

static bool post_state(struct connection *c)
{
    char *fresh = malloc(STATE_BYTES + 1);
    size_t size = 0;
    long n = 0;
    if (!fresh)
        return text(c, 500, "out of memory\n");
    while (size <= STATE_BYTES && (n = http_read_body(c, fresh + size, STATE_BYTES + 1 - size)) > 0)
        size += (size_t)n;
    if (n >= 0 && size <= STATE_BYTES) {
        pthread_mutex_lock(&state_lock);
        memcpy(state, fresh, size);
        state_size = size;
        pthread_mutex_unlock(&state_lock);
    }
    free(fresh);
    if (n < 0)
        return false;
    if (size > STATE_BYTES) {
        c->keep_alive = false;
        return text(c, 413, "the state holds at most 1 MiB\n");
    }
    return text(c, 200, "stored\n");
}

static bool file_path(struct connection *c, char *path, size_t size)
{
    char name[FILE_NAME_BYTES];
    if (!http_query(c, "name", name, sizeof name) || name[0] == 0 || name[0] == '.')
        return false;
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != 0)
        return false;
    snprintf(path, size, "/var/tmp/%s", name);
    return true;
}

static bool post_file(struct connection *c, const char *path)
{
    FILE *file = fopen(path, "we");
    char part[16384];
    long n = 0;
    bool written = file != NULL;
    while (written && (n = http_read_body(c, part, sizeof part)) > 0)
        written = fwrite(part, 1, (size_t)n, file) == (size_t)n;
    if (file && fclose(file) != 0)
        written = false;
    if (n < 0 || !drain(c))
        return false;
    return written ? text(c, 200, "written\n") : text(c, 500, "the file cannot be written\n");
}

static bool get_file(struct connection *c, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        if (fd >= 0)
            close(fd);
        return text(c, 404, "no such file\n");
    }
    char part[16384];
    ssize_t n = 0;
    /* In chunks, because the file may grow or shrink while it is sent. */
    bool sent = http_head(c, 200, "application/octet-stream", -1);
    while (sent && (n = read(fd, part, sizeof part)) > 0)
        sent = http_write(c, part, (size_t)n);
    close(fd);
    return sent && n == 0 && http_end(c);
}

static bool nap(struct connection *c)
{
    char ms[16];
    long time = http_query(c, "ms", ms, sizeof ms) ? strtol(ms, NULL, 10) : 0;
    if (time < 0 || time > 600000)
        return text(c, 400, "ms is 0 to 600000\n");
    struct timespec left = {time / 1000, time % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    return text(c, 200, "slept\n");
}

static bool handle(struct connection *c)
{
    bool post = !strcmp(c->method, "POST") || !strcmp(c->method, "PUT");
    char path[sizeof "/var/tmp/" + FILE_NAME_BYTES];
    if (!strcmp(c->path, "/echo"))
        return echo(c);
    if (!strcmp(c->path, "/state") && post)
        return post_state(c);
    if (!strcmp(c->path, "/file") && !file_path(c, path, sizeof path))
        return drain(c) && text(c, 400, "name is letters, digits, '.', '_' and '-'\n");
    if (!strcmp(c->path, "/file"))
        return post ? post_file(c, path) : get_file(c, path);
    if (!drain(c))
        return false;
    if (!strcmp(c->path, "/"))
        return text(c, 200, "Hello from C\n");
    if (!strcmp(c->path, "/identity"))
        return identity(c);
    if (!strcmp(c->path, "/state"))
        return get_state(c);
    if (!strcmp(c->path, "/sleep"))
        return nap(c);
    if (!strcmp(c->path, "/crash"))
        _exit(3);
    return text(c, 404, "no such path\n");
}

static void *serve(void *argument)
{
    struct connection *c = argument;
    while (http_read_head(c) == 1 && handle(c) && c->keep_alive)
        ;
    close(c->fd);
    free(c);
    return NULL;
}

static void start(int fd, const pthread_attr_t *attributes)
{
    struct connection *c = calloc(1, sizeof *c);
    int one = 1;
    pthread_t thread;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (c)
        c->fd = fd;
    if (!c || pthread_create(&thread, attributes, serve, c) != 0) {
        close(fd);
        free(c);
    }
}

int main(void)
{
    const char *port = getenv("PORT");
    char *end = "";
    long number = port ? strtol(port, &end, 10) : 8080;
    if (*end || number < 0 || number > 65535) {
        fprintf(stderr, "PORT is not a port number: %s\n", port);
        return 2;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0) {
        perror("cannot listen");
        return 1;
    }
    socklen_t length = sizeof address;
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("listening on port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            start(fd, &attributes);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            usleep(10000); /* until connections end; accepting at once would spin */
    }
}
