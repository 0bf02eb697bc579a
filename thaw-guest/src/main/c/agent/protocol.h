/* The numbers of the agent protocol, version 2. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#define PROTOCOL_VERSION 2
#define PORT_NAME "thaw.agent"
#define HEADER_BYTES 12
#define MAX_PAYLOAD_BYTES 65536
#define MAX_STRING_BYTES 32768
#define MAX_LIST_ITEMS 1024
#define MAX_STREAMS 256
#define MAX_WINDOW_BYTES (1 << 20)
#define INITIAL_STREAM_WINDOW 65536
#define MIN_ENTROPY_BYTES 32
#define MAX_ENTROPY_BYTES 512

enum frame_type {
    HELLO = 1,
    START,
    STARTED,
    LISTENING,
    LOG,
    EXITED,
    QUIESCE,
    QUIESCED,
    RENEW,
    RENEWED,
    SIGNAL,
    SHUTDOWN,
    FAILED,
    LOG_WINDOW,
    LOG_DROPPED,
    LIMIT,
    OPEN = 32,
    OPENED,
    DATA,
    WINDOW,
    END_OF_FILE,
    RESET,
};

enum reset_reason { RESET_REFUSED = 1, RESET_GONE, RESET_PROTOCOL, RESET_RESOURCES, RESET_CANCELLED };
enum limit_kind { LIMIT_MEMORY = 1, LIMIT_DISK, LIMIT_FILES };
enum exit_limit { EXIT_NO_LIMIT, EXIT_MEMORY, EXIT_DISK };
enum log_source { LOG_STDOUT = 1, LOG_STDERR, LOG_AGENT };

#endif
