/*
 * One thread for a connection drives libnghttp2; each invocation works in a thread of its own and then wakes the
 * connection's thread, which alone touches the session.
 */
#include "h2.h"

#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faas.h"

enum { MAX_BODY = 65536, MAX_ANSWER = 512, STREAMS = 100, STACK_BYTES = 256 << 10 };

struct stream {
    struct connection *connection;
    struct stream *next;          /* in the connection's list of finished ones */
    struct stream *older, *newer; /* among all of the connection's */
    int32_t id;
    bool grpc, known_method;
    bool working; /* a thread has it; it is released later */
    bool closed;  /* nobody waits for its answer */
    char path[256];
    uint8_t *body;
    size_t body_size;
    struct work work;
    uint8_t answer[MAX_ANSWER];
    size_t answer_size, answer_sent;
    const char *grpc_status;
};

struct connection {
    int fd, wake;
    nghttp2_session *session;
    struct stream *newest;
    pthread_mutex_t lock;
    struct stream *finished; /* guarded by lock */
    int working;             /* threads at work, guarded by lock */
    pthread_cond_t idle;
};

#define HEADER(NAME, VALUE, LENGTH) \
    { (uint8_t *)(NAME), (uint8_t *)(VALUE), strlen(NAME), (LENGTH), NGHTTP2_NV_FLAG_NONE }

static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *to, size_t size, uint32_t *flags,
                           nghttp2_data_source *source, void *user)
{
    (void)user;
    struct stream *s = source->ptr;
    size_t n = s->answer_size - s->answer_sent;
    if (n > size)
        n = size;
    memcpy(to, s->answer + s->answer_sent, n);
    s->answer_sent += n;
    if (s->answer_sent == s->answer_size) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (s->grpc) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            nghttp2_nv trailer[] = {HEADER("grpc-status", s->grpc_status, strlen(s->grpc_status))};
            nghttp2_submit_trailer(session, id, trailer, 1);
        }
    }
    return (ssize_t)n;
}

static void answer(struct stream *s, const char *status)
{
    char timing[64];
    const char *type = s->grpc ? "application/grpc" : s->work.no_memory ? "text/plain" : "application/json";
    int n = snprintf(timing, sizeof timing, "app;dur=%.3f", s->work.micros / 1e3);
    nghttp2_nv headers[] = {HEADER(":status", status, strlen(status)), HEADER("content-type", type, strlen(type)),
                            HEADER("server-timing", timing, (size_t)n)};
    nghttp2_data_provider provider = {.source = {.ptr = s}, .read_callback = read_answer};
    nghttp2_submit_response(s->connection->session, s->id, headers, 3, &provider);
}

static void answer_work(struct stream *s)
{
    if (s->grpc) {
        s->grpc_status = "0";
        s->answer_size = faas_write(&s->work, s->answer);
    } else {
        s->answer_size = (size_t)work_json(&s->work, (char *)s->answer, sizeof s->answer);
    }
    answer(s, "200");
}

static void refuse(struct stream *s, const char *grpc_status, const char *text)
{
    s->grpc_status = grpc_status;
    if (!s->grpc)
        s->answer_size = (size_t)snprintf((char *)s->answer, sizeof s->answer, "%s\n", text);
    answer(s, s->grpc ? "200" : "400");
}

static void *work(void *argument)
{
    struct stream *s = argument;
    struct connection *c = s->connection;
    uint64_t one = 1;
    work_run(&s->work);
    pthread_mutex_lock(&c->lock);
    s->next = c->finished;
    c->finished = s;
    c->working--;
    pthread_cond_signal(&c->idle);
    /* Under the lock: after it the connection may be gone. */
    if (write(c->wake, &one, sizeof one) != sizeof one)
        perror("cannot wake a connection");
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static bool understand(struct stream *s)
{
    char *query = strchr(s->path, '?');
    if (s->grpc)
        return faas_read(s->body, s->body_size, &s->work);
    for (char *pair = query ? strtok(query + 1, "&") : NULL; pair; pair = strtok(NULL, "&")) {
        char *value = strchr(pair, '=');
        if (value && !strncmp(pair, "runtime_ms=", 11) &&
            !number_read(value + 1, strlen(value + 1), MAX_RUNTIME_MS, &s->work.runtime_ms))
            return false;
        if (value && !strncmp(pair, "memory_mib=", 11) &&
            !number_read(value + 1, strlen(value + 1), MAX_MEMORY_MIB, &s->work.memory_mib))
            return false;
    }
    return s->body_size == 0 || json_read((char *)s->body, s->body_size, &s->work);
}

static void begin_work(struct stream *s)
{
    struct connection *c = s->connection;
    pthread_attr_t attributes;
    pthread_t thread;
    if (s->grpc && !s->known_method) {
        refuse(s, "12", "");
        return;
    }
    if (!understand(s)) {
        refuse(s, "3", "runtime_ms and memory_mib must be whole numbers");
        return;
    }
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (s->work.runtime_ms == 0 && s->work.memory_mib == 0) {
        /* Nothing that would hold up the connection's other streams. */
        work_run(&s->work);
        answer_work(s);
        return;
    }
    s->working = true;
    pthread_mutex_lock(&c->lock);
    c->working++;
    pthread_mutex_unlock(&c->lock);
    if (pthread_create(&thread, &attributes, work, s) != 0) {
        pthread_mutex_lock(&c->lock);
        c->working--;
        pthread_mutex_unlock(&c->lock);
        s->working = false;
        refuse(s, "8", "no thread");
    }
    pthread_attr_destroy(&attributes);
}

static void release(struct stream *s)
{
    if (s->older)
        s->older->newer = s->newer;
    if (s->newer)
        s->newer->older = s->older;
    else
        s->connection->newest = s->older;
    free(s->body);
    free(s);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct stream *s = calloc(1, sizeof *s);
    if (!s)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    s->connection = user;
    s->id = frame->hd.stream_id;
    s->older = s->connection->newest;
    if (s->older)
        s->older->newer = s;
    s->connection->newest = s;
    nghttp2_session_set_stream_user_data(session, s->id, s);
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_size,
                     const uint8_t *value, size_t value_size, uint8_t flags, void *user)
{
    (void)flags;
    (void)user;
    struct stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (!s)
        return 0;
    if (name_size == 5 && !memcmp(name, ":path", 5)) {
        snprintf(s->path, sizeof s->path, "%.*s", (int)value_size, (const char *)value);
        s->known_method = !strcmp(s->path, "/faas.Executor/Execute");
    } else if (name_size == 12 && !memcmp(name, "content-type", 12)) {
        s->grpc = value_size >= 16 && !memcmp(value, "application/grpc", 16);
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t size, void *user)
{
    (void)flags;
    (void)user;
    struct stream *s = nghttp2_session_get_stream_user_data(session, id);
    if (!s)
        return 0;
    uint8_t *grown = s->body_size + size <= MAX_BODY ? realloc(s->body, s->body_size + size) : NULL;
    if (!grown)
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_ENHANCE_YOUR_CALM);
    s->body = grown;
    memcpy(s->body + s->body_size, data, size);
    s->body_size += size;
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    (void)user;
    bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (ends && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
        struct stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
        if (s)
            begin_work(s);
    }
    return 0;
}

/* A stream that is closed while its thread works is released when the thread is done. */
static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *user)
{
    (void)error;
    (void)user;
    struct stream *s = nghttp2_session_get_stream_user_data(session, id);
    if (s && s->working)
        s->closed = true;
    else if (s)
        release(s);
    return 0;
}

static void answer_finished(struct connection *c)
{
    pthread_mutex_lock(&c->lock);
    struct stream *finished = c->finished;
    c->finished = NULL;
    pthread_mutex_unlock(&c->lock);
    while (finished) {
        struct stream *s = finished;
        finished = s->next;
        s->working = false;
        if (s->closed)
            release(s);
        else
            answer_work(s);
    }
}

static bool send_all(struct connection *c)
{
    const uint8_t *bytes;
    ssize_t size;
    while ((size = nghttp2_session_mem_send(c->session, &bytes)) > 0)
        for (ssize_t sent = 0, n; sent < size; sent += n)
            if ((n = send(c->fd, bytes + sent, (size_t)(size - sent), MSG_NOSIGNAL)) <= 0)
                return false;
    return size == 0;
}

static void loop(struct connection *c)
{
    uint8_t buffer[16384];
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS}};
    nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings, 1);
    while (send_all(c) && (nghttp2_session_want_read(c->session) || nghttp2_session_want_write(c->session))) {
        struct pollfd ready[] = {{.fd = c->fd, .events = POLLIN}, {.fd = c->wake, .events = POLLIN}};
        if (poll(ready, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        if (ready[1].revents) {
            uint64_t count;
            if (read(c->wake, &count, sizeof count) == sizeof count)
                answer_finished(c);
        }
        if (ready[0].revents) {
            ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
            if (n <= 0 || nghttp2_session_mem_recv(c->session, buffer, (size_t)n) < 0)
                return;
        }
    }
}

void h2_serve(int fd)
{
    struct connection c = {.fd = fd, .wake = eventfd(0, EFD_CLOEXEC)};
    nghttp2_session_callbacks *callbacks = NULL;
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.idle, NULL);
    if (c.wake >= 0 && nghttp2_session_callbacks_new(&callbacks) == 0) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
        if (nghttp2_session_server_new(&c.session, callbacks, &c) == 0)
            loop(&c);
        nghttp2_session_callbacks_del(callbacks);
    }
    pthread_mutex_lock(&c.lock);
    while (c.working > 0)
        pthread_cond_wait(&c.idle, &c.lock);
    pthread_mutex_unlock(&c.lock);
    if (c.session)
        nghttp2_session_del(c.session);
    while (c.newest)
        release(c.newest);
    if (c.wake >= 0)
        close(c.wake);
    pthread_cond_destroy(&c.idle);
    pthread_mutex_destroy(&c.lock);
}
