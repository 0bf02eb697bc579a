/* Loads the kernel modules of the initramfs: lists in /modules name them, one a line, each after those that it needs. Those of the network
 * are loaded only where the machine has one: a guest without must not keep their memory in its snapshots. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"

#define FOLDER "/modules/"

static void load(const char *name, bool wanted) {
    char path[256];
    int fd;
    if (snprintf(path, sizeof path, FOLDER "%s", name) >= (int)sizeof path) {
        die("a module's name is too long: %s", name);
    }
    if (!wanted) {
        unlink(path);
        return;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)) {
        die("the kernel module %s cannot be loaded: %s", name, strerror(errno));
    }
    close(fd);
    unlink(path); /* frees its memory: nothing of it belongs into a snapshot */
}

static void load_list(const char *list, bool wanted) {
    static char order[4096];
    char *rest = order;
    if (file_read(list, order, sizeof order) < 0) {
        die("%s cannot be read: %s", list, strerror(errno));
    }
    for (char *name; (name = strsep(&rest, "\n")) != NULL;) {
        if (*name != '\0') {
            load(name, wanted);
        }
    }
    unlink(list);
}

void modules_load(void) {
    load_list(FOLDER "order", true);
    load_list(FOLDER "order-network", network_is_there());
}
