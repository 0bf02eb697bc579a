/* Streams: each one connection to the function's port.
 *
 * What the host sends goes straight to the function; only what the function does not take at once is kept, in a ring as large as the
 * host's window, so no stream ever stops another. What the function sends is read only as far as the host's credit and the port's
 * buffer go. Streams take turns, a frame each. A stream that has something to do has its bit in `active`. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"
#include "protocol.h"

#include "fields.h"

#define RING_BYTES INITIAL_STREAM_WINDOW
#define GRANT_BYTES (RING_BYTES / 2)

struct stream {
    int fd;
    uint32_t credit;     /* what the host still takes */
    uint32_t window;     /* what the host may still send */
    uint32_t to_grant;   /* what went to the function and is not granted again */
    uint32_t ring_start;
    uint32_t ring_length;
    uint8_t reset;       /* a RESET to send, with this reason */
    bool connecting;
    bool opened_due;
    bool opened;
    bool readable;
    bool hung_up;        /* the function's end is near: read on after a short read */
    bool host_ended;     /* EOF came */
    bool deaf;           /* the function takes nothing more; what comes is dropped */
    bool shut;           /* the function was told of the host's end */
    bool function_ended; /* its last byte was read */
    bool end_sent;
};

static uint32_t ids[MAX_STREAMS]; /* 0: free */
static struct stream streams[MAX_STREAMS];
static uint8_t rings[MAX_STREAMS][RING_BYTES];
static uint64_t active[MAX_STREAMS / 64];
static uint32_t used;    /* slots below this one may be taken */
static uint32_t turn;    /* the slot whose turn is next */
static uint32_t last_id;
static int spare = -1; /* a socket for slot 0, watched already */

static void activate(uint32_t slot) {
    active[slot / 64] |= UINT64_C(1) << (slot % 64);
}

static void rest(uint32_t slot) {
    active[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
}

static void release(uint32_t slot) {
    if (streams[slot].fd >= 0) {
        close(streams[slot].fd);
    }
    rest(slot);
    ids[slot] = 0;
    while (used > 0 && ids[used - 1] == 0) {
        used--;
    }
}

static uint32_t find(uint32_t id) {
    uint32_t slot = 0;
    while (slot < used && ids[slot] != id) {
        slot++;
    }
    return slot < used ? slot : MAX_STREAMS;
}

bool streams_are_open(void) {
    return used > 0;
}

static int new_socket(void) {
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return fd;
}

/* Makes the first stream's socket before a freeze: what is done by then costs no thaw. */
void streams_prepare(void) {
    if (spare < 0) {
        spare = new_socket();
        if (spare >= 0) {
            watch(spare, SOURCE_STREAM, 0);
        }
    }
}

/* A new connection of the port counts its streams from 1 again. */
void streams_forget_ids(void) {
    last_id = 0;
}

static void break_off(uint32_t slot, uint8_t reason) {
    streams[slot].reset = reason;
    activate(slot);
}

static void try_connect(uint32_t slot) {
    struct stream *stream = &streams[slot];
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(function_port()), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(stream->fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EISCONN) {
        stream->connecting = false;
        stream->opened_due = true;
        activate(slot);
    } else if (errno != EINPROGRESS && errno != EALREADY) {
        break_off(slot, errno == ECONNREFUSED ? RESET_REFUSED : RESET_RESOURCES);
    }
}

static void open_stream(uint32_t id, uint32_t credit) {
    uint32_t slot = 0;
    bool prepared;
    while (slot < MAX_STREAMS && ids[slot] != 0) {
        slot++;
    }
    if (slot == MAX_STREAMS) {
        die("the host broke the protocol: more than %d streams", MAX_STREAMS);
    }
    ids[slot] = id;
    used = slot < used ? used : slot + 1;
    streams[slot] = (struct stream){.credit = credit, .window = RING_BYTES, .connecting = true};
    prepared = slot == 0 && spare >= 0;
    streams[slot].fd = prepared ? spare : new_socket();
    spare = prepared ? -1 : spare;
    if (streams[slot].fd < 0) {
        break_off(slot, RESET_RESOURCES);
        return;
    }
    try_connect(slot);
    if (streams[slot].connecting && streams[slot].reset == 0) {
        try_connect(slot); /* over loopback the answer is there at the second call, which saves a wait */
    }
    if (streams[slot].reset == 0 && !prepared) {
        watch(streams[slot].fd, SOURCE_STREAM, slot);
    }
}

static void keep(uint32_t slot, const uint8_t *bytes, uint32_t length) {
    struct stream *stream = &streams[slot];
    uint32_t at = (stream->ring_start + stream->ring_length) % RING_BYTES;
    uint32_t first = length < RING_BYTES - at ? length : RING_BYTES - at;
    memcpy(rings[slot] + at, bytes, first);
    memcpy(rings[slot], bytes + first, length - first);
    stream->ring_length += length;
}

/* Bytes that the function took, or never will. */
static void taken(uint32_t slot, uint32_t length) {
    streams[slot].to_grant += length;
    if (streams[slot].to_grant >= GRANT_BYTES && !streams[slot].host_ended) {
        activate(slot);
    }
}

/* Gives bytes to the function, and says how many it took: all, when it takes nothing more and they are dropped. */
static uint32_t give(uint32_t slot, const uint8_t *bytes, uint32_t length) {
    uint32_t done = 0;
    while (done < length) {
        ssize_t count = send(streams[slot].fd, bytes + done, length - done, MSG_NOSIGNAL);
        if (count > 0) {
            done += (uint32_t)count;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            streams[slot].deaf = true;
            done = length;
        }
    }
    taken(slot, done);
    return done;
}

static void shut_when_given(uint32_t slot) {
    struct stream *stream = &streams[slot];
    if (stream->host_ended && stream->ring_length == 0 && !stream->connecting && !stream->shut) {
        shutdown(stream->fd, SHUT_WR);
        stream->shut = true;
        activate(slot);
    }
}

static void give_ring(uint32_t slot) {
    struct stream *stream = &streams[slot];
    while (stream->ring_length > 0) {
        uint32_t run = RING_BYTES - stream->ring_start;
        uint32_t length = stream->ring_length < run ? stream->ring_length : run;
        uint32_t count = give(slot, rings[slot] + stream->ring_start, length);
        stream->ring_start = (stream->ring_start + count) % RING_BYTES;
        stream->ring_length -= count;
        if (count < length) {
            return;
        }
    }
    stream->ring_start = 0;
}

static void on_data(uint32_t slot, const struct frame *frame) {
    struct stream *stream = &streams[slot];
    const uint8_t *bytes = frame->payload;
    uint32_t length = frame->length;
    if (length == 0 || length > stream->window || stream->host_ended) {
        die("the host broke the protocol: %u bytes for a stream with a window of %u", length, stream->window);
    }
    stream->window -= length;
    if (stream->deaf) {
        taken(slot, length);
        return;
    }
    if (stream->ring_length == 0 && !stream->connecting) {
        uint32_t count = give(slot, bytes, length);
        bytes += count;
        length -= count;
    }
    if (length > 0) {
        keep(slot, bytes, length);
    }
}

static void on_reset(uint32_t slot) {
    struct linger now = {.l_onoff = 1};
    setsockopt(streams[slot].fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    release(slot);
}

static uint32_t only_number(const struct frame *frame) {
    struct fields fields = {frame->payload, frame->payload + frame->length, false};
    uint32_t number = fields_u32(&fields);
    if (!fields_done(&fields)) {
        die("the host broke the protocol: a frame of type %u with %u bytes", frame->type, frame->length);
    }
    return number;
}

static void on_open(const struct frame *frame) {
    uint32_t credit = only_number(frame);
    if (state != STATE_LISTENING || frame->stream <= last_id || credit > MAX_WINDOW_BYTES) {
        die("the host broke the protocol: it opens stream %u after %u in state %d", frame->stream, last_id, (int)state);
    }
    last_id = frame->stream;
    open_stream(frame->stream, credit);
}

static void on_window(uint32_t slot, uint32_t bytes) {
    if (bytes > MAX_WINDOW_BYTES - streams[slot].credit) {
        die("the host broke the protocol: a window of more than %d bytes", MAX_WINDOW_BYTES);
    }
    streams[slot].credit += bytes;
    activate(slot);
}

void streams_frame(const struct frame *frame) {
    uint32_t slot;
    if (frame->type == OPEN) {
        on_open(frame);
        return;
    }
    if (frame->stream > last_id) {
        die("the host broke the protocol: stream %u was never open", frame->stream);
    }
    slot = find(frame->stream);
    if (slot == MAX_STREAMS || streams[slot].reset != 0) {
        if (slot != MAX_STREAMS && frame->type == RESET) {
            release(slot);
        }
        return; /* it is over: what was under way is dropped */
    }
    switch (frame->type) {
    case DATA:
        on_data(slot, frame);
        break;
    case WINDOW:
        on_window(slot, only_number(frame));
        break;
    case END_OF_FILE:
        streams[slot].host_ended = true;
        shut_when_given(slot);
        break;
    case RESET:
        only_number(frame);
        on_reset(slot);
        break;
    default:
        die("the host broke the protocol: a frame of type %u for a stream", frame->type);
    }
}

void streams_ready(uint32_t slot, uint32_t events) {
    struct stream *stream = &streams[slot];
    if (ids[slot] == 0 || stream->reset != 0) {
        return; /* it ended within this round of events */
    }
    if (stream->connecting && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
        try_connect(slot);
        if (stream->connecting || stream->reset != 0) {
            return;
        }
    }
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        stream->readable = true;
        stream->hung_up |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        activate(slot);
    }
    if ((events & EPOLLOUT) != 0 && stream->ring_length > 0) {
        give_ring(slot);
    }
    shut_when_given(slot);
}

/* One frame of what the function sent. */
static void send_data(uint32_t slot, size_t room) {
    struct stream *stream = &streams[slot];
    size_t length = room < stream->credit ? room : stream->credit;
    ssize_t count = recv(stream->fd, port_payload(), length, 0);
    if (count > 0) {
        port_commit(DATA, ids[slot], (size_t)count);
        stream->credit -= (uint32_t)count;
        stream->readable = (size_t)count == length || stream->hung_up;
    } else if (count == 0) {
        limits_disk_is_full();
        stream->readable = false;
        stream->function_ended = true;
    } else if (errno == EAGAIN) {
        stream->readable = false;
    } else if (errno != EINTR) {
        limits_disk_is_full();
        stream->reset = RESET_GONE;
    }
}

/* Sends what the stream has to say; rests it when that is all for now. */
static void pump(uint32_t slot, size_t room) {
    struct stream *stream = &streams[slot];
    uint32_t id = ids[slot];
    if (stream->reset != 0) {
        port_send_number(RESET, id, stream->reset);
        release(slot);
        return;
    }
    if (stream->opened_due) {
        stream->opened_due = false;
        stream->opened = true;
        give_ring(slot);
        shut_when_given(slot);
        port_send_number(OPENED, id, 0);
        return;
    }
    if (stream->to_grant >= GRANT_BYTES && !stream->host_ended) {
        port_send_number(WINDOW, id, stream->to_grant);
        stream->window += stream->to_grant;
        stream->to_grant = 0;
    }
    if (stream->opened && stream->readable && stream->credit > 0) {
        send_data(slot, room);
        return;
    }
    if (stream->function_ended && !stream->end_sent) {
        port_send_empty(END_OF_FILE, id);
        stream->end_sent = true;
    }
    if (stream->end_sent && stream->shut) {
        release(slot);
        return;
    }
    rest(slot);
}

void streams_pump(void) {
    size_t room;
    for (uint32_t idle = 0; idle < used && (room = port_room()) > 0;) {
        turn = turn < used ? turn : 0;
        if (active[turn / 64] == 0) {
            uint32_t skipped = 64 - turn % 64;
            idle += skipped;
            turn += skipped;
        } else if ((active[turn / 64] >> (turn % 64) & 1) == 0) {
            idle++;
            turn++;
        } else {
            idle = 0;
            pump(turn++, room);
        }
    }
}
