/* A minimal HTTP/1.1 connection: one request at a time, bodies streamed both ways. */
#ifndef HELLO_HTTP_H
#define HELLO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BUFFER_BYTES = 16384 };

struct connection {
    int fd;
    char buffer[BUFFER_BYTES]; /* unread input lies in [start, end) */
    size_t start, end;

    char method[16];
    char path[1024];
    char query[1024];
    bool keep_alive;
    bool chunked;       /* the request's body comes in chunks */
    bool expects_100;   /* the client waits for "100 Continue" before it sends the body */
    int64_t body_left;  /* bytes left of the body, or of the current chunk */
    bool body_done;
    int64_t content_length; /* -1 when unknown */
    int64_t began_ns;  /* monotonic clock when the head arrived */
    bool answer_chunked;
};

/* Reads a request's head. 1: a request is there; 0: the client has gone; -1: not HTTP, or too large (an answer was sent). */
int http_read_head(struct connection *c);

/* Up to `size` bytes of the body; 0 at its end, -1 when the client broke off or sent nonsense. */
long http_read_body(struct connection *c, char *to, size_t size);

/* Sends a status line and headers. length -1: the body follows in chunks through http_write and http_end. */
bool http_head(struct connection *c, int status, const char *type, int64_t length);
bool http_write(struct connection *c, const void *bytes, size_t size);
bool http_end(struct connection *c);

/* A whole answer. */
bool http_answer(struct connection *c, int status, const char *type, const void *body, size_t size);

/* The value of `name` in the query, percent-decoding none; false when it is missing or does not fit. */
bool http_query(const struct connection *c, const char *name, char *to, size_t size);

#endif
