/* Loads the kernel modules of the initramfs: /modules/order names them, one a line, each after those that it needs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"

#define FOLDER "/modules/"

static void load(const char *name) {
    char path[256];
    int fd;
    if (snprintf(path, sizeof path, FOLDER "%s", name) >= (int)sizeof path) {
        die("a module's name is too long: %s", name);
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)) {
        die("the kernel module %s cannot be loaded: %s", name, strerror(errno));
    }
    close(fd);
    unlink(path); /* frees its memory: nothing of it belongs into a snapshot */
}

void modules_load(void) {
    static char order[4096];
    char *rest = order;
    if (file_read(FOLDER "order", order, sizeof order) < 0) {
        die("%sorder cannot be read: %s", FOLDER, strerror(errno));
    }
    for (char *name; (name = strsep(&rest, "\n")) != NULL;) {
        if (*name != '\0') {
            load(name);
        }
    }
    unlink(FOLDER "order");
}
