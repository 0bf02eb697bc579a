/* The virtio-serial port: cuts what comes into frames, and gathers what goes in one bounded buffer.
 *
 * Watched edge-triggered: a port whose host end is away reports a hang-up for as long, and a level-triggered loop would spin on it.
 * The driver wakes its waiters when the host's end comes back, so nothing is missed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "protocol.h"

#define PORTS_FOLDER "/sys/class/virtio-ports"
#define PORT_WAIT_MS 5000
/* The driver takes no more in one write. */
#define WRITE_BYTES 32768
/* What DATA and LOG leave free, so that an answer always has room. */
#define ANSWER_BYTES 4096

static int port = -1;
static uint8_t input[2 * (HEADER_BYTES + MAX_PAYLOAD_BYTES)];
static size_t input_length;
static uint8_t output[4 * WRITE_BYTES];
static size_t output_start;
static size_t output_end;

static bool has_name(const char *folder) {
    char path[300];
    char name[sizeof PORT_NAME + 1];
    snprintf(path, sizeof path, PORTS_FOLDER "/%s/name", folder);
    return file_read(path, name, sizeof name) == sizeof PORT_NAME && strncmp(name, PORT_NAME "\n", sizeof PORT_NAME) == 0;
}

static int try_ports(void) {
    int fd = -1;
    DIR *folder = opendir(PORTS_FOLDER);
    if (folder == NULL) {
        return -1;
    }
    for (struct dirent *entry; fd < 0 && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.' && has_name(entry->d_name)) {
            char path[300];
            snprintf(path, sizeof path, "/dev/%s", entry->d_name);
            fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        }
    }
    closedir(folder);
    return fd;
}

/* The host names the port a moment after the device is there. */
int port_find(void) {
    const struct timespec pause = {.tv_nsec = 1000000};
    int fd;
    for (int64_t end = now_ms() + PORT_WAIT_MS; (fd = try_ports()) < 0; nanosleep(&pause, NULL)) {
        if (now_ms() > end) {
            die("there is no virtio-serial port named " PORT_NAME);
        }
    }
    return fd;
}

void port_use(int fd) {
    port = fd;
    watch(fd, SOURCE_PORT, 0);
}

static size_t take_frame(const uint8_t *at, size_t length) {
    struct frame frame;
    if (length < HEADER_BYTES) {
        return 0;
    }
    memcpy(&frame.length, at, 4);
    memcpy(&frame.stream, at + 8, 4);
    frame.type = at[4];
    frame.payload = at + HEADER_BYTES;
    if (frame.length > MAX_PAYLOAD_BYTES || at[5] != 0 || at[6] != 0 || at[7] != 0) {
        die("the host broke the protocol: type %u, flags %u, %u bytes", frame.type, at[5], frame.length);
    }
    if ((frame.type >= OPEN) != (frame.stream != 0)) {
        die("the host broke the protocol: type %u for stream %u", frame.type, frame.stream);
    }
    if (length < HEADER_BYTES + frame.length) {
        return 0;
    }
    if (frame.stream != 0) {
        streams_frame(&frame);
    } else {
        control_frame(&frame);
    }
    return HEADER_BYTES + frame.length;
}

static void take_frames(void) {
    size_t done = 0;
    for (size_t taken; (taken = take_frame(input + done, input_length - done)) > 0;) {
        done += taken;
    }
    input_length -= done;
    if (done > 0 && input_length > 0) {
        memmove(input, input + done, input_length);
    }
}

void port_readable(void) {
    for (;;) {
        ssize_t count = read(port, input + input_length, sizeof input - input_length);
        if (count > 0) {
            input_length += (size_t)count;
            take_frames();
        } else if (count == 0) {
            if (!is_init) {
                power_off();
            }
            return; /* the host's end is away; the driver wakes us when it is back */
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            die("the port cannot be read: %s", strerror(errno));
        }
    }
}

/* Writes what the port takes; true when nothing is left. */
bool port_flush(void) {
    while (output_start < output_end) {
        size_t length = output_end - output_start;
        ssize_t count = write(port, output + output_start, length < WRITE_BYTES ? length : WRITE_BYTES);
        if (count > 0) {
            output_start += (size_t)count;
        } else if (count == 0 || errno == EAGAIN) {
            return false;
        } else if (errno == EPIPE && !is_init) {
            power_off();
        } else if (errno != EINTR) {
            die("the port cannot be written: %s", strerror(errno));
        }
    }
    output_start = output_end = 0;
    return true;
}

bool port_is_idle(void) {
    return output_start == output_end;
}

/* How much payload DATA or LOG may have now. */
size_t port_room(void) {
    size_t room = sizeof output - output_end;
    if (room < sizeof output / 2 && output_start > 0) {
        memmove(output, output + output_start, output_end - output_start);
        output_end -= output_start;
        output_start = 0;
        room = sizeof output - output_end;
    }
    if (room <= HEADER_BYTES + ANSWER_BYTES) {
        return 0;
    }
    room -= HEADER_BYTES + ANSWER_BYTES;
    return room < WRITE_BYTES - HEADER_BYTES ? room : WRITE_BYTES - HEADER_BYTES;
}

/* Where the next frame's payload goes before it is committed. */
uint8_t *port_payload(void) {
    return output + output_end + HEADER_BYTES;
}

void port_commit(uint8_t type, uint32_t stream, size_t length) {
    uint8_t *header = output + output_end;
    uint32_t size = (uint32_t)length;
    memcpy(header, &size, 4);
    header[4] = type;
    header[5] = header[6] = header[7] = 0;
    memcpy(header + 8, &stream, 4);
    output_end += HEADER_BYTES + length;
}

static void need_answer_room(size_t length) {
    port_room();
    if (sizeof output - output_end < HEADER_BYTES + length) {
        die("the host asks for more answers than it reads");
    }
}

void port_send_number(uint8_t type, uint32_t stream, uint32_t number) {
    need_answer_room(sizeof number);
    memcpy(port_payload(), &number, sizeof number);
    port_commit(type, stream, sizeof number);
}

void port_send_empty(uint8_t type, uint32_t stream) {
    need_answer_room(0);
    port_commit(type, stream, 0);
}

void port_send_bytes(uint8_t type, const void *bytes, size_t length) {
    need_answer_room(length);
    memcpy(port_payload(), bytes, length);
    port_commit(type, 0, length);
}
