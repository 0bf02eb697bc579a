/* The function's standard output and error as LOG, as far as the host's window goes.
 *
 * A function must not stop because nobody takes its log: when it has waited for the window for long enough, output is read and counted only. Its
 * patience comes back with time, a tenth as fast as it goes, and not because its pipe was empty for a moment: a window that opens a little now and
 * then would empty the pipe each time, and slow the function to what is granted for good. A function that writes more than is taken waits for that
 * once; from then on, each time that the window shuts, what comes is dropped at once. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "protocol.h"

#define PATIENCE_MS 250
/* After a wait of one, so many milliseconds without one make up for it. */
#define REGAIN 10
/* A window that was open for so long keeps up with the function again. */
#define CAUGHT_UP_MS 1000
#define DROP_BYTES 65536
#define DROP_READS 16
#define NOTE_BYTES 2048

static struct pipe {
    int fd;
    bool readable;
} pipes[2] = {{-1, false}, {-1, false}};

static uint32_t window;
static uint64_t dropped;
static int64_t shut_since = NEVER;
/* What output has waited before that and has not made up for, in milliseconds times REGAIN, and when it last waited. */
static int64_t waited;
static int64_t waited_until;
static int64_t open_since;
static bool behind;
static char notes[NOTE_BYTES];
static size_t notes_length;

void output_watch(int out, int err) {
    pipes[0].fd = out;
    pipes[1].fd = err;
    watch(out, SOURCE_OUTPUT, 0);
    watch(err, SOURCE_OUTPUT, 1);
}

void output_readable(uint32_t index) {
    pipes[index].readable = true;
}

static void begin_wait(int64_t now) {
    if (shut_since == NEVER) {
        int64_t left = waited - (now - waited_until);
        waited = left > 0 ? left : 0;
        shut_since = now;
    }
}

static void end_wait(int64_t now) {
    if (shut_since != NEVER) {
        waited += (now - shut_since) * REGAIN;
        waited_until = now;
        shut_since = NEVER;
    }
}

static int64_t patience_ends(void) {
    return shut_since + PATIENCE_MS - waited / REGAIN;
}

void output_window(uint32_t bytes) {
    if (bytes > MAX_WINDOW_BYTES - window) {
        die("the host broke the protocol: a log window of %u bytes more", bytes);
    }
    if (window == 0) {
        open_since = now_ms();
    }
    window += bytes;
    end_wait(now_ms());
}

void output_close_window(void) {
    window = 0;
    shut_since = NEVER;
    waited = 0;
}

/* A word of the agent's own for the log; what does not fit is lost. */
void output_note(const char *format, ...) {
    va_list arguments;
    int count;
    size_t room = sizeof notes - notes_length;
    va_start(arguments, format);
    count = vsnprintf(notes + notes_length, room, format, arguments);
    va_end(arguments);
    if (count > 0) {
        notes_length += (size_t)count < room ? (size_t)count : room - 1;
    }
}

static size_t limit(size_t wanted) {
    return wanted < window ? wanted : window;
}

static void commit(uint8_t source, size_t length) {
    port_payload()[0] = source;
    port_commit(LOG, 0, 1 + length);
    window -= (uint32_t)length;
}

static void send_notes(void) {
    size_t room = port_room();
    size_t length = limit(notes_length);
    if (length == 0 || room < 1 + length) {
        return;
    }
    memcpy(port_payload() + 1, notes, length);
    commit(LOG_AGENT, length);
    notes_length -= length;
    memmove(notes, notes + length, notes_length);
}

static ssize_t read_pipe(struct pipe *pipe, void *buffer, size_t capacity) {
    ssize_t count;
    do {
        count = read(pipe->fd, buffer, capacity);
    } while (count < 0 && errno == EINTR);
    /* Less than there was room for: what comes next is told anew. */
    if (count < (ssize_t)capacity) {
        pipe->readable = false;
    }
    return count;
}

static void send_pipe(struct pipe *pipe, uint8_t source) {
    size_t room = port_room();
    size_t length = room > 1 ? limit(room - 1) : 0;
    ssize_t count;
    if (!pipe->readable || length == 0) {
        return;
    }
    count = read_pipe(pipe, port_payload() + 1, length);
    if (count > 0) {
        commit(source, (size_t)count);
    }
}

/* So much and no more at a time: a function that writes on and on must not keep us from all else. */
static void drop(void) {
    static char nowhere[DROP_BYTES];
    for (size_t i = 0; i < ARRAY_LENGTH(pipes); i++) {
        for (int reads = 0; pipes[i].readable && reads < DROP_READS; reads++) {
            ssize_t count = read_pipe(&pipes[i], nowhere, sizeof nowhere);
            dropped += count > 0 ? (uint64_t)count : 0;
        }
    }
}

static bool is_waiting(void) {
    return pipes[0].readable || pipes[1].readable;
}

static bool is_silent(void) {
    return state == STATE_QUIET || state == STATE_RENEWING;
}

int64_t output_deadline(void) {
    return shut_since == NEVER || !is_waiting() || is_silent() ? NEVER : behind ? shut_since : patience_ends();
}

void output_pump(int64_t now) {
    if (is_silent() || (notes_length == 0 && dropped == 0 && !is_waiting())) {
        return;
    }
    if (window > 0) {
        if (behind && now - open_since >= CAUGHT_UP_MS) {
            behind = false;
            waited = 0;
        }
        if (dropped > 0) {
            port_send_bytes(LOG_DROPPED, &dropped, sizeof dropped);
            dropped = 0;
        }
        send_notes();
        send_pipe(&pipes[0], LOG_STDOUT);
        send_pipe(&pipes[1], LOG_STDERR);
    }
    if (window > 0 || !is_waiting()) {
        end_wait(now);
        return;
    }
    begin_wait(now);
    if (behind || now >= patience_ends()) {
        behind = true;
        drop();
    }
}

/* True when all that the function wrote has been sent or dropped. */
bool output_is_drained(void) {
    if (is_waiting() || is_silent()) {
        return false;
    }
    if (dropped > 0) {
        port_send_bytes(LOG_DROPPED, &dropped, sizeof dropped);
        dropped = 0;
    }
    return true;
}
