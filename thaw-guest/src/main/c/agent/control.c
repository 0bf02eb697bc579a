/* Control frames, and the agent's state. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "agent.h"
#include "protocol.h"

#include "fields.h"

/* The function keeps pointers into it: its strings, each with a NUL where the next one's length was. */
static char start_strings[MAX_PAYLOAD_BYTES + MAX_LIST_ITEMS];
static size_t start_length;
static char *start_argv[MAX_LIST_ITEMS + 1];
static char *start_envp[MAX_LIST_ITEMS + 1];
static struct start start;

static void violation(const struct frame *frame) {
    die("the host broke the protocol: a frame of type %u with %u bytes in state %d", frame->type, frame->length, (int)state);
}

/* Fields that are filled in and sent as one frame. */
static size_t put_string(uint8_t *at, const char *text) {
    uint32_t length = (uint32_t)strlen(text);
    memcpy(at, &length, 4);
    memcpy(at + 4, text, length);
    return 4 + length;
}

void control_hello(void) {
    uint8_t payload[12 + sizeof((struct utsname *)0)->release] = {0};
    struct utsname name;
    uname(&name);
    payload[0] = PROTOCOL_VERSION;
    port_send_bytes(HELLO, payload, 8 + put_string(payload + 8, name.release));
}

void control_failed(const char *why) {
    uint8_t payload[4 + 512];
    port_send_bytes(FAILED, payload, put_string(payload, why));
}

void control_listening(uint32_t port) {
    state = STATE_LISTENING;
    port_send_number(LISTENING, 0, port);
}

static char *copy_string(struct fields *fields) {
    uint32_t length;
    const uint8_t *bytes = fields_bytes(fields, &length);
    char *copy = start_strings + start_length;
    if (length >= sizeof start_strings - start_length || memchr(bytes, '\0', length) != NULL) {
        fields->bad = true;
        length = 0;
    }
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    start_length += length + 1;
    return copy;
}

static void copy_list(struct fields *fields, char **list) {
    uint32_t count = fields_u32(fields);
    if (count > MAX_LIST_ITEMS) {
        fields->bad = true;
        count = 0;
    }
    for (uint32_t i = 0; i < count && !fields->bad; i++) {
        list[i] = copy_string(fields);
    }
    list[fields->bad ? 0 : count] = NULL;
}

/* Host name, machine id and boot id stand in one buffer until the next call. */
static void take_names(struct fields *fields, struct identity *identity) {
    static char names[3][128];
    const char *taken[3];
    for (int i = 0; i < 3; i++) {
        uint32_t length;
        const uint8_t *bytes = fields_bytes(fields, &length);
        if (length >= sizeof names[i]) {
            fields->bad = true;
            length = 0;
        }
        memcpy(names[i], bytes, length);
        names[i][length] = '\0';
        taken[i] = names[i];
    }
    identity->host_name = taken[0];
    identity->machine_id = taken[1];
    identity->boot_id = taken[2];
    if (strlen(taken[0]) == 0 || strlen(taken[0]) > 64 || strlen(taken[1]) != 32 || strlen(taken[2]) != 36) {
        fields->bad = true;
    }
}

static void take_entropy(struct fields *fields, struct identity *identity) {
    identity->entropy = fields_bytes(fields, &identity->entropy_length);
    if (identity->entropy_length < MIN_ENTROPY_BYTES || identity->entropy_length > MAX_ENTROPY_BYTES) {
        fields->bad = true;
    }
}

static void on_start(const struct frame *frame, struct fields *fields) {
    struct identity identity;
    uint32_t port;
    uint32_t timeout;
    if (state != STATE_GREETED || start_length > 0) {
        violation(frame);
    }
    copy_list(fields, start_argv);
    copy_list(fields, start_envp);
    start.argv = start_argv;
    start.envp = start_envp;
    start.directory = copy_string(fields);
    start.user = copy_string(fields);
    take_names(fields, &identity);
    identity.clock_ns = (int64_t)fields_u64(fields);
    take_entropy(fields, &identity);
    start.stop_signal = (int)fields_u32(fields);
    port = fields_u32(fields);
    timeout = fields_u32(fields);
    if (!fields_done(fields) || start_argv[0] == NULL || port < 1 || port > 65535 || start.stop_signal < 1
        || start.stop_signal > 64) {
        violation(frame);
    }
    start.port = (uint16_t)port;
    identity_set(&identity);
    function_start(&start);
    state = STATE_STARTED;
    listening_begin(start.port, timeout);
}

static void on_quiesce(const struct frame *frame, struct fields *fields) {
    uint32_t timeout = fields_u32(fields);
    if (!fields_done(fields) || state != STATE_LISTENING || streams_are_open()) {
        violation(frame);
    }
    state = STATE_QUIESCING;
    streams_prepare();
    hooks_before_freeze(timeout);
}

static void on_renew(const struct frame *frame, struct fields *fields) {
    struct identity identity;
    uint32_t timeout;
    uint8_t kind;
    identity.clock_ns = (int64_t)fields_u64(fields);
    take_entropy(fields, &identity);
    take_names(fields, &identity);
    timeout = fields_u32(fields);
    kind = fields_u8(fields);
    if (!fields_done(fields) || kind < 1 || kind > 2 || (state != STATE_QUIET && state != STATE_QUIESCING)) {
        violation(frame);
    }
    if (state == STATE_QUIESCING) {
        hooks_abort();
    }
    output_close_window();
    streams_forget_ids();
    identity_set(&identity);
    state = STATE_RENEWING;
    hooks_after_thaw(timeout);
}

/* Called once for each time that the hooks run, from within the call when there is no hook. */
void control_hooks_done(const char *error) {
    uint8_t payload[8 + 4 + 1024];
    if (state == STATE_QUIESCING) {
        port_send_bytes(QUIESCED, payload, put_string(payload, error));
        state = STATE_QUIET;
    } else {
        struct timespec clock;
        uint64_t now;
        clock_gettime(CLOCK_REALTIME, &clock);
        now = (uint64_t)clock.tv_sec * 1000000000 + (uint64_t)clock.tv_nsec;
        memcpy(payload, &now, 8);
        state = STATE_LISTENING;
        port_send_bytes(RENEWED, payload, 8 + put_string(payload + 8, error));
    }
}

static uint32_t only_number(const struct frame *frame, struct fields *fields) {
    uint32_t number = fields_u32(fields);
    if (!fields_done(fields)) {
        violation(frame);
    }
    return number;
}

void control_frame(const struct frame *frame) {
    struct fields fields = {frame->payload, frame->payload + frame->length, false};
    switch (frame->type) {
    case START:
        on_start(frame, &fields);
        break;
    case QUIESCE:
        on_quiesce(frame, &fields);
        break;
    case RENEW:
        on_renew(frame, &fields);
        break;
    case SIGNAL:
        function_signal((int)only_number(frame, &fields));
        break;
    case SHUTDOWN:
        function_shutdown(only_number(frame, &fields));
        break;
    case LOG_WINDOW:
        output_window(only_number(frame, &fields));
        break;
    default:
        violation(frame);
    }
}
