/* Finds out when the function accepts connections, without bothering it: the kernel's own table of sockets tells.
 *
 * Nothing announces a listen(2), so the table is read again and again, at first each millisecond. Boot only: a thawed function listens. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"

#define FIRST_PAUSE_MS 1
#define LAST_PAUSE_MS 8
#define LISTEN_STATE "0A"
#define NO_PEER_4 "00000000:0000"
#define NO_PEER_6 "00000000000000000000000000000000:0000"

static int tables[2] = {-1, -1};
static uint16_t port;
static int64_t next_probe = NEVER;
static int64_t give_up = NEVER;
static uint32_t timeout_ms;
static int pause_ms;

void listening_begin(uint16_t wanted, uint32_t timeout) {
    port = wanted;
    timeout_ms = timeout;
    tables[0] = open("/proc/net/tcp", O_RDONLY | O_CLOEXEC);
    tables[1] = open("/proc/net/tcp6", O_RDONLY | O_CLOEXEC);
    if (tables[0] < 0) {
        die("/proc/net/tcp cannot be read: %s", strerror(errno));
    }
    pause_ms = FIRST_PAUSE_MS;
    next_probe = now_ms() + pause_ms;
    give_up = now_ms() + timeout;
}

void listening_end(void) {
    next_probe = give_up = NEVER;
    for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
        if (tables[i] >= 0) {
            close(tables[i]);
            tables[i] = -1;
        }
    }
}

static bool table_has(int table, const char *peer, const char *const addresses[], size_t count) {
    static char text[16384];
    char line[128];
    ssize_t length = table < 0 ? -1 : pread(table, text, sizeof text - 1, 0);
    if (length <= 0) {
        return false;
    }
    text[length] = '\0';
    for (size_t i = 0; i < count; i++) {
        snprintf(line, sizeof line, " %s:%04X %s " LISTEN_STATE " ", addresses[i], port, peer);
        if (strstr(text, line) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether the IPv6 socket takes IPv4 as well, the table does not say; but then nobody else can have the IPv4 port. */
static bool has_ipv4(void) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    taken = bind(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == EADDRINUSE;
    close(fd);
    return taken;
}

static bool listens(void) {
    static const char *const v4[] = {"00000000", "0100007F"};
    static const char *const mapped[] = {"0000000000000000FFFF00000100007F"};
    static const char *const v6[] = {"00000000000000000000000000000000"};
    return table_has(tables[0], NO_PEER_4, v4, ARRAY_LENGTH(v4)) || table_has(tables[1], NO_PEER_6, mapped, 1)
           || (table_has(tables[1], NO_PEER_6, v6, 1) && has_ipv4());
}

int64_t listening_deadline(void) {
    return next_probe;
}

void listening_tick(int64_t now) {
    if (now < next_probe) {
        return;
    }
    if (!function_is_running()) {
        listening_end();
    } else if (listens()) {
        listening_end();
        control_listening(port);
    } else if (now >= give_up) {
        die("the function does not listen on port %u after %u ms", port, timeout_ms);
    } else {
        pause_ms = pause_ms * 2 < LAST_PAUSE_MS ? pause_ms * 2 : LAST_PAUSE_MS;
        next_probe = now + pause_ms;
    }
}
