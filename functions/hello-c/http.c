#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_BYTES = 512, SHORT_BODY = 4096 };

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static bool send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

/* Reads more input behind what is there. False at the end of input or when the buffer is full. */
static bool fill(struct connection *c)
{
    if (c->start > 0) {
        memmove(c->buffer, c->buffer + c->start, c->end - c->start);
        c->end -= c->start;
        c->start = 0;
    }
    if (c->end == sizeof c->buffer)
        return false;
    ssize_t n;
    do
        n = recv(c->fd, c->buffer + c->end, sizeof c->buffer - c->end, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return false;
    c->end += (size_t)n;
    return true;
}

/* One line without its line end, NUL-terminated inside the buffer; NULL at the end of input or beyond the buffer. */
static char *read_line(struct connection *c)
{
    size_t seen = 0;
    for (;;) {
        char *from = c->buffer + c->start;
        char *newline = memchr(from + seen, '\n', c->end - c->start - seen);
        if (newline) {
            c->start = (size_t)(newline + 1 - c->buffer);
            if (newline > from && newline[-1] == '\r')
                newline--;
            *newline = 0;
            return from;
        }
        seen = c->end - c->start;
        if (!fill(c))
            return NULL;
    }
}

static bool header(struct connection *c, char *line)
{
    char *colon = strchr(line, ':');
    if (!colon)
        return false;
    *colon = 0;
    char *value = colon + 1 + strspn(colon + 1, " \t");
    if (!strcasecmp(line, "content-length")) {
        char *end;
        errno = 0;
        c->content_length = strtoll(value, &end, 10);
        return *value >= '0' && *value <= '9' && !*end && !errno;
    }
    if (!strcasecmp(line, "transfer-encoding")) {
        c->chunked = !strcasecmp(value, "chunked");
        return c->chunked;
    }
    if (!strcasecmp(line, "connection"))
        c->keep_alive = strcasecmp(value, "close") != 0;
    if (!strcasecmp(line, "expect"))
        c->expects_100 = !strcasecmp(value, "100-continue");
    return true;
}

static int refuse(struct connection *c, int status, const char *why)
{
    c->keep_alive = false;
    http_answer(c, status, "text/plain", why, strlen(why));
    return -1;
}

int http_read_head(struct connection *c)
{
    c->keep_alive = true;
    c->chunked = c->expects_100 = c->body_done = c->answer_chunked = false;
    c->content_length = -1;
    c->query[0] = 0;
    char *line = read_line(c);
    if (!line)
        return 0;
    c->began_ns = now_ns();
    char target[1024], version[16];
    if (sscanf(line, "%15s %1023s %15s", c->method, target, version) != 3 || strncmp(version, "HTTP/1.", 7) != 0)
        return refuse(c, 400, "not an HTTP/1.1 request\n");
    if (!strcmp(version, "HTTP/1.0"))
        c->keep_alive = false;
    char *query = strchr(target, '?');
    if (query) {
        *query = 0;
        strcpy(c->query, query + 1);
    }
    strcpy(c->path, target);
    for (int headers = 0;; headers++) {
        line = read_line(c);
        if (!line || headers > 200)
            return refuse(c, 431, "the headers are too large\n");
        if (!*line)
            break;
        if (!header(c, line))
            return refuse(c, 400, "a header cannot be understood\n");
    }
    c->body_left = c->chunked || c->content_length < 0 ? 0 : c->content_length;
    c->body_done = !c->chunked && c->body_left == 0;
    /* At once, because an answer that is streamed begins before the body is read. */
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    return !c->expects_100 || c->body_done || send_all(c->fd, go_on, sizeof go_on - 1) ? 1 : 0;
}

/* Moves on to the next chunk: its size line, and for the last one the trailers. */
static bool next_chunk(struct connection *c)
{
    char *line = read_line(c), *end;
    if (line && !*line) /* the line end behind the previous chunk */
        line = read_line(c);
    if (!line)
        return false;
    errno = 0;
    c->body_left = strtoll(line, &end, 16);
    if (end == line || errno || c->body_left < 0)
        return false;
    if (c->body_left > 0)
        return true;
    c->body_done = true;
    while ((line = read_line(c)) && *line)
        ;
    return line != NULL;
}

long http_read_body(struct connection *c, char *to, size_t size)
{
    if (c->body_done)
        return 0;
    if (c->body_left == 0 && !next_chunk(c))
        return -1;
    if (c->body_done)
        return 0;
    if (c->start == c->end && !fill(c))
        return -1;
    size_t n = c->end - c->start;
    if (n > size)
        n = size;
    if ((int64_t)n > c->body_left)
        n = (size_t)c->body_left;
    memcpy(to, c->buffer + c->start, n);
    c->start += n;
    c->body_left -= (int64_t)n;
    if (!c->chunked && c->body_left == 0)
        c->body_done = true;
    return (long)n;
}

static const char *reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    default: return "Internal Server Error";
    }
}

/* Puts the head of an answer into head and returns its length. */
static int head_text(struct connection *c, char head[HEAD_BYTES], int status, const char *type, int64_t length)
{
    char size[64];
    c->answer_chunked = length < 0;
    if (length < 0)
        strcpy(size, "Transfer-Encoding: chunked");
    else
        snprintf(size, sizeof size, "Content-Length: %lld", (long long)length);
    return snprintf(head, HEAD_BYTES,
                    "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s\r\nServer-Timing: app;dur=%.3f\r\n%s\r\n", status,
                    reason(status), type, size, (double)(now_ns() - c->began_ns) / 1e6,
                    c->keep_alive ? "" : "Connection: close\r\n");
}

bool http_head(struct connection *c, int status, const char *type, int64_t length)
{
    char head[HEAD_BYTES];
    int n = head_text(c, head, status, type, length);
    return send_all(c->fd, head, (size_t)n);
}

bool http_write(struct connection *c, const void *bytes, size_t size)
{
    if (size == 0)
        return true;
    if (!c->answer_chunked)
        return send_all(c->fd, bytes, size);
    char line[32];
    int n = snprintf(line, sizeof line, "%zx\r\n", size);
    return send_all(c->fd, line, (size_t)n) && send_all(c->fd, bytes, size) && send_all(c->fd, "\r\n", 2);
}

bool http_end(struct connection *c)
{
    return !c->answer_chunked || send_all(c->fd, "0\r\n\r\n", 5);
}

bool http_answer(struct connection *c, int status, const char *type, const void *body, size_t size)
{
    /* A short answer goes out at once, so that the other side is woken once. */
    char whole[HEAD_BYTES + SHORT_BODY];
    size_t n = (size_t)head_text(c, whole, status, type, (int64_t)size);
    if (size > SHORT_BODY)
        return send_all(c->fd, whole, n) && http_write(c, body, size);
    memcpy(whole + n, body, size);
    return send_all(c->fd, whole, n + size);
}

bool http_query(const struct connection *c, const char *name, char *to, size_t size)
{
    size_t length = strlen(name);
    for (const char *at = c->query; *at;) {
        size_t pair = strcspn(at, "&");
        if (pair > length && !strncmp(at, name, length) && at[length] == '=' && pair - length - 1 < size) {
            memcpy(to, at + length + 1, pair - length - 1);
            to[pair - length - 1] = 0;
            return true;
        }
        at += pair + (at[pair] == '&');
    }
    return false;
}
