/* The guest's way out, where its machine has a network device.
 *
 * Every guest has the same addresses: translation outside tells them apart, so that clones go on with what they were frozen with, and a
 * snapshot holds nothing of the host that it was taken on. The name servers stand for those of whichever host the guest is on. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

#define VIRTIO_DEVICES "/sys/bus/virtio/devices"
#define VIRTIO_NETWORK 1
#define INTERFACE "eth0"
#define ADDRESS "10.0.2.2"
#define MASK "255.255.255.0"
#define GATEWAY "10.0.2.1"
#define RESOLVER "/etc/resolv.conf"
#define OWN_RESOLVER "/run/thaw/resolv.conf"

static const char resolver[] = "nameserver 10.0.2.1\nnameserver 10.0.2.3\noptions timeout:2\n";

/* Whether the machine has a network device; its driver may not be there yet. */
bool network_is_there(void) {
    bool found = false;
    DIR *folder = opendir(VIRTIO_DEVICES);
    if (folder == NULL) {
        return false;
    }
    for (struct dirent *entry; !found && (entry = readdir(folder)) != NULL;) {
        char path[300];
        char kind[16];
        snprintf(path, sizeof path, VIRTIO_DEVICES "/%s/device", entry->d_name);
        found = entry->d_name[0] != '.' && file_read(path, kind, sizeof kind) > 0 && strtoul(kind, NULL, 16) == VIRTIO_NETWORK;
    }
    closedir(folder);
    return found;
}

static void ask(int fd, unsigned long request, void *what, const char *name) {
    if (ioctl(fd, request, what) < 0) {
        die("the network's %s cannot be set: %s", name, strerror(errno));
    }
}

static void put_address(struct sockaddr *at, const char *address) {
    struct sockaddr_in value = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};
    memcpy(at, &value, sizeof value);
}

/* Over the image's, for what is there names servers that the guest does not reach. */
static void mount_resolver(void) {
    int fd;
    if (!file_write(OWN_RESOLVER, resolver, sizeof resolver - 1)) {
        die(OWN_RESOLVER " cannot be written: %s", strerror(errno));
    }
    mkdir("/etc", 0755);
    /* A link of the image's would be followed to where its own host keeps the file. */
    if (readlink(RESOLVER, (char[1]){0}, 1) >= 0) {
        unlink(RESOLVER);
    }
    fd = open(RESOLVER, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0) {
        close(fd);
    }
    if (mount(OWN_RESOLVER, RESOLVER, NULL, MS_BIND, NULL) < 0) {
        die(RESOLVER " cannot be set: %s", strerror(errno));
    }
}

void network_begin(void) {
    struct ifreq request = {.ifr_name = INTERFACE};
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
    int fd;
    if (!is_init || !network_is_there()) {
        return;
    }
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        die("no socket for the network: %s", strerror(errno));
    }
    put_address(&request.ifr_addr, ADDRESS);
    ask(fd, SIOCSIFADDR, &request, "address");
    put_address(&request.ifr_netmask, MASK);
    ask(fd, SIOCSIFNETMASK, &request, "mask");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    ask(fd, SIOCSIFFLAGS, &request, "state");
    put_address(&route.rt_dst, "0.0.0.0");
    put_address(&route.rt_genmask, "0.0.0.0");
    put_address(&route.rt_gateway, GATEWAY);
    ask(fd, SIOCADDRT, &route, "route");
    close(fd);
    mount_resolver();
}
