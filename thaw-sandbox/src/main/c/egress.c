/*
 * A VMM's way to the internet: a network name space of its own, which ends with it.
 *
 *     guest ── tap ──┤ name space: policy, translation ├── uplink ═ thawN ──┤ host: translation ├── internet
 *   10.0.2.2      10.0.2.1                       198.18.x.y
 *
 * Every name space looks alike to its guest, so that clones of one snapshot go on with the addresses that they were frozen with. Outside,
 * each has an address of its own: the kernel gives the host's end of the link a free number, and the address follows from it. Neighbours
 * are entered by hand, so nothing asks or answers ARP on the links. The rules are loaded before there is a route out. There is no name,
 * file or mount of the name space: when the VMM and its launcher are gone, so is all of it, the host's end and its route included.
 */
#include "launcher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netlink.h"

#define TAP "guest"
#define UPLINK "uplink"
#define HOST_END "thaw"
/* The same in every name space, and known to the guest's agent. */
#define GATEWAY "10.0.2.1"
#define SECOND_NAMESERVER "10.0.2.3"
#define GUEST "10.0.2.2"
#define GUEST_PREFIX 24
/* 198.18.0.0/15 is set aside for tests between networks, so nobody routes it; here it never leaves the host. */
#define FIRST_OUTSIDE 0xC6120002u
#define OUTSIDE_COUNT 131000
/* The host's end needs no address: this one is only a name for its MAC. */
#define UPSTREAM "169.254.1.1"

static const uint8_t tap_mac[MAC_BYTES] = {0x02, 0x74, 0x68, 0x61, 0x77, 0x01};
static const uint8_t guest_mac[MAC_BYTES] = {0x02, 0x74, 0x68, 0x61, 0x77, 0x02};
static const uint8_t uplink_mac[MAC_BYTES] = {0x02, 0x74, 0x68, 0x61, 0x77, 0x03};
static const uint8_t host_mac[MAC_BYTES] = {0x02, 0x74, 0x68, 0x61, 0x77, 0x04};

static void set(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        fail(path);
    close(fd);
}

static int open_tap(void)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    strcpy(request.ifr_name, TAP);
    int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0)
        fail("/dev/net/tun");
    return tap;
}

/* What it complains of goes to standard output, where the daemon reads why nothing was started. */
static void load_rules(const struct options *options)
{
    char *command[] = {(char *)options->nft, "-f", (char *)options->egress_rules, NULL};
    char *nothing[] = {NULL};
    int status;
    pid_t nft = fork();
    if (nft < 0)
        fail("fork");
    if (nft == 0) {
        dup2(STDOUT_FILENO, STDERR_FILENO);
        execve(options->nft, command, nothing);
        fail(options->nft);
    }
    while (waitpid(nft, &status, 0) < 0)
        if (errno != EINTR)
            fail("wait");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        errno = EPROTO;
        fail(options->egress_rules);
    }
}

/* The address outside that belongs to the host's end, by the number in its name. */
static uint32_t outside_address(const char *host_end)
{
    unsigned long number = strtoul(host_end + strlen(HOST_END), NULL, 10);
    if (number >= OUTSIDE_COUNT) {
        errno = EADDRNOTAVAIL;
        fail(host_end);
    }
    return htonl(FIRST_OUTSIDE + (uint32_t)number);
}

int open_egress(const struct options *options)
{
    char host_end[IF_NAMESIZE];
    int uplink;
    int host_index;
    int guest_index;
    int none;
    int outside = netlink_open();
    int host_space = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (host_space < 0 || unshare(CLONE_NEWNET) != 0)
        fail("a network name space");
    int inside = netlink_open();
    set("/proc/sys/net/ipv4/ip_forward", "1");
    if (access("/proc/sys/net/ipv6", F_OK) == 0) {
        set("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
        set("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    }
    load_rules(options);

    int tap = open_tap();
    netlink_find(inside, TAP, &guest_index, &none);
    netlink_set_mac(inside, guest_index, tap_mac);
    netlink_add_address(inside, guest_index, inet_addr(GATEWAY), GUEST_PREFIX);
    netlink_add_address(inside, guest_index, inet_addr(SECOND_NAMESERVER), GUEST_PREFIX);
    netlink_up(inside, guest_index);
    netlink_add_neighbour(inside, guest_index, inet_addr(GUEST), guest_mac);

    netlink_add_pair(inside, UPLINK, uplink_mac, HOST_END "%d", host_mac, host_space);
    netlink_find(inside, UPLINK, &uplink, &host_index);
    netlink_name_of(outside, host_index, host_end);
    uint32_t address = outside_address(host_end);
    netlink_up(outside, host_index);
    netlink_add_route(outside, host_index, address);
    netlink_add_neighbour(outside, host_index, address, uplink_mac);
    netlink_add_address(inside, uplink, address, 32);
    netlink_up(inside, uplink);
    netlink_add_neighbour(inside, uplink, inet_addr(UPSTREAM), host_mac);
    netlink_add_default_route(inside, uplink, inet_addr(UPSTREAM));
    close(host_space);
    close(outside);
    close(inside);
    return tap;
}
