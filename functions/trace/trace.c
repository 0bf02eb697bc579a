/* The trace function: runs for the asked time and holds the asked memory, over HTTP/1.1, HTTP/2 and gRPC on $PORT. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faas.h"
#include "h2.h"
#include "http.h"
#include "work.h"

enum { MAX_BODY = 65536, STACK_BYTES = 256 << 10 };

static bool say(struct connection *c, int status, const char *text)
{
    return http_answer(c, status, "text/plain", text, strlen(text));
}

static bool from_query(struct connection *c, const char *name, uint32_t most, uint32_t *to)
{
    char value[32];
    return !http_query(c, name, value, sizeof value) || number_read(value, strlen(value), most, to);
}

static bool invoke(struct connection *c)
{
    static const char wrong[] = "runtime_ms and memory_mib must be whole numbers: ?runtime_ms=100&memory_mib=64, or a JSON "
                                "object with these names as the body\n";
    struct work work = {0};
    char answer[512], *body = malloc(MAX_BODY + 1);
    size_t size = 0;
    long n = 0;
    if (!body)
        return say(c, 500, "out of memory\n");
    while (size <= MAX_BODY && (n = http_read_body(c, body + size, MAX_BODY + 1 - size)) > 0)
        size += (size_t)n;
    bool understood = size == 0 || json_read(body, size, &work);
    free(body);
    if (n < 0)
        return false;
    if (size > MAX_BODY) {
        c->keep_alive = false;
        return say(c, 413, "the body is larger than 64 KiB\n");
    }
    if (!understood || !from_query(c, "runtime_ms", MAX_RUNTIME_MS, &work.runtime_ms) ||
        !from_query(c, "memory_mib", MAX_MEMORY_MIB, &work.memory_mib))
        return say(c, 400, wrong);
    work_run(&work);
    int length = work_json(&work, answer, sizeof answer);
    return http_answer(c, 200, work.no_memory ? "text/plain" : "application/json", answer, (size_t)length);
}

static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument, one = 1;
    char first[3];
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* HTTP/2's preface begins with PRI, which no method of HTTP/1 does. */
    ssize_t n = recv(fd, first, sizeof first, MSG_PEEK | MSG_WAITALL);
    if (n == sizeof first && !memcmp(first, "PRI", sizeof first)) {
        h2_serve(fd);
    } else if (n > 0) {
        struct connection *c = calloc(1, sizeof *c);
        if (c) {
            c->fd = fd;
            while (http_read_head(c) == 1 && invoke(c) && c->keep_alive)
                ;
            free(c);
        }
    }
    close(fd);
    return NULL;
}

/* Returns a listening socket, or -1 after saying why. */
static int listen_on(const char *port)
{
    uint32_t number;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    if (!number_read(port, strlen(port), 65535, &number)) {
        fprintf(stderr, "PORT is not a port number: %s\n", port);
        return -1;
    }
    address.sin_port = htons((uint16_t)number);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1024) != 0) {
        perror("cannot listen");
        return -1;
    }
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("listening on port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(void)
{
    const char *port = getenv("PORT");
    work_calibrate();
    int listener = listen_on(port ? port : "8080");
    if (listener < 0)
        return 1;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (;;) {
        pthread_t thread;
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0 && pthread_create(&thread, &attributes, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
        else if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
            usleep(10000); /* until connections end; accepting at once would spin */
    }
}
