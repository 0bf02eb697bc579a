/* Small files, whole. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent.h"

bool file_write(const char *path, const void *bytes, size_t length) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const char *at = bytes;
    if (fd < 0) {
        return false;
    }
    while (length > 0) {
        ssize_t count = write(fd, at, length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            close(fd);
            return false;
        }
        at += count;
        length -= (size_t)count;
    }
    return close(fd) == 0;
}

/* As much as fits, ended with a NUL; -1 when it cannot be read. */
ssize_t file_read(const char *path, void *buffer, size_t capacity) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *at = buffer;
    size_t length = 0;
    if (fd < 0) {
        return -1;
    }
    while (length < capacity - 1) {
        ssize_t count = read(fd, at + length, capacity - 1 - length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            close(fd);
            return -1;
        }
        if (count == 0) {
            break;
        }
        length += (size_t)count;
    }
    close(fd);
    at[length] = '\0';
    return (ssize_t)length;
}
