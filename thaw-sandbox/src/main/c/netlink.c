#include "netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher.h"

#define ANY_PREFIX 0
#define HOST_PREFIX 32

static struct {
    struct nlmsghdr header;
    char body[1024];
} request;

static union {
    struct nlmsghdr header;
    char bytes[16384];
} answer;

static void *begin(uint16_t type, uint16_t flags, size_t size)
{
    memset(&request, 0, sizeof request);
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    request.header.nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
    return NLMSG_DATA(&request.header);
}

static struct rtattr *put(uint16_t type, const void *value, size_t length)
{
    struct rtattr *attribute = (struct rtattr *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));
    size_t end = NLMSG_ALIGN(request.header.nlmsg_len) + RTA_SPACE(length);
    if (end > sizeof request) {
        errno = EMSGSIZE;
        fail("netlink request");
    }
    attribute->rta_type = type;
    attribute->rta_len = (uint16_t)RTA_LENGTH(length);
    if (length > 0)
        memcpy(RTA_DATA(attribute), value, length);
    request.header.nlmsg_len = (uint32_t)end;
    return attribute;
}

/* What was put since belongs to this attribute. */
static void end_nest(struct rtattr *attribute)
{
    attribute->rta_len = (uint16_t)((char *)&request + request.header.nlmsg_len - (char *)attribute);
}

/* Sends the request and waits for the kernel's word; a message that comes before it stays in `answer`. */
static bool talk(int netlink, const char *what)
{
    bool found = false;
    if (send(netlink, &request, request.header.nlmsg_len, 0) < 0)
        fail(what);
    for (;;) {
        static union {
            struct nlmsghdr header;
            char bytes[sizeof answer];
        } message;
        ssize_t count = recv(netlink, &message, sizeof message, 0);
        if (count < (ssize_t)sizeof message.header)
            fail(what);
        if (message.header.nlmsg_type == NLMSG_ERROR) {
            errno = -((struct nlmsgerr *)NLMSG_DATA(&message.header))->error;
            if (errno != 0)
                fail(what);
            return found;
        }
        memcpy(&answer, &message, (size_t)count);
        found = true;
        /* An answer and its acknowledgement may share a datagram. */
        struct nlmsghdr *next = (struct nlmsghdr *)((char *)&message + NLMSG_ALIGN(message.header.nlmsg_len));
        if ((char *)next + sizeof *next <= (char *)&message + count && next->nlmsg_type == NLMSG_ERROR)
            return found;
    }
}

int netlink_open(void)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink < 0)
        fail("netlink");
    return netlink;
}

void netlink_add_pair(int netlink, const char *name, const uint8_t *mac, const char *peer, const uint8_t *peer_mac, int peer_space)
{
    static const struct ifinfomsg no_wishes;
    (void)begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
    put(IFLA_IFNAME, name, strlen(name) + 1);
    put(IFLA_ADDRESS, mac, MAC_BYTES);
    struct rtattr *kind = put(IFLA_LINKINFO, NULL, 0);
    put(IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = put(IFLA_INFO_DATA, NULL, 0);
    struct rtattr *other = put(VETH_INFO_PEER, &no_wishes, sizeof no_wishes);
    put(IFLA_IFNAME, peer, strlen(peer) + 1);
    put(IFLA_ADDRESS, peer_mac, MAC_BYTES);
    put(IFLA_NET_NS_FD, &peer_space, sizeof peer_space);
    end_nest(other);
    end_nest(data);
    end_nest(kind);
    talk(netlink, "a pair of virtual links");
}

static const struct rtattr *answered(uint16_t type)
{
    struct ifinfomsg *link = NLMSG_DATA(&answer.header);
    int left = (int)IFLA_PAYLOAD(&answer.header);
    for (struct rtattr *at = IFLA_RTA(link); RTA_OK(at, left); at = RTA_NEXT(at, left))
        if (at->rta_type == type)
            return at;
    return NULL;
}

void netlink_find(int netlink, const char *name, int *index, int *peer)
{
    (void)begin(RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    put(IFLA_IFNAME, name, strlen(name) + 1);
    if (!talk(netlink, name)) {
        errno = ENODEV;
        fail(name);
    }
    const struct rtattr *other = answered(IFLA_LINK);
    *index = ((struct ifinfomsg *)NLMSG_DATA(&answer.header))->ifi_index;
    *peer = other != NULL ? *(const int *)RTA_DATA(other) : 0;
}

void netlink_name_of(int netlink, int index, char name[IF_NAMESIZE])
{
    struct ifinfomsg *link = begin(RTM_GETLINK, 0, sizeof *link);
    link->ifi_index = index;
    const struct rtattr *found = talk(netlink, "the host's end") ? answered(IFLA_IFNAME) : NULL;
    if (found == NULL || RTA_PAYLOAD(found) > IF_NAMESIZE) {
        errno = ENODEV;
        fail("the host's end");
    }
    memcpy(name, RTA_DATA(found), RTA_PAYLOAD(found));
}

void netlink_set_mac(int netlink, int index, const uint8_t *mac)
{
    struct ifinfomsg *link = begin(RTM_NEWLINK, 0, sizeof *link);
    link->ifi_index = index;
    put(IFLA_ADDRESS, mac, MAC_BYTES);
    talk(netlink, "a link's address");
}

void netlink_up(int netlink, int index)
{
    struct ifinfomsg *link = begin(RTM_NEWLINK, 0, sizeof *link);
    link->ifi_index = index;
    link->ifi_flags = IFF_UP;
    link->ifi_change = IFF_UP;
    talk(netlink, "bring a link up");
}

void netlink_add_address(int netlink, int index, uint32_t address, int prefix)
{
    struct ifaddrmsg *message = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *message);
    message->ifa_family = AF_INET;
    message->ifa_prefixlen = (uint8_t)prefix;
    message->ifa_index = (uint32_t)index;
    put(IFA_LOCAL, &address, sizeof address);
    put(IFA_ADDRESS, &address, sizeof address);
    talk(netlink, "an address");
}

void netlink_add_neighbour(int netlink, int index, uint32_t address, const uint8_t *mac)
{
    struct ndmsg *message = begin(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof *message);
    message->ndm_family = AF_INET;
    message->ndm_ifindex = index;
    message->ndm_state = NUD_PERMANENT;
    put(NDA_DST, &address, sizeof address);
    put(NDA_LLADDR, mac, MAC_BYTES);
    talk(netlink, "a neighbour");
}

static struct rtmsg *begin_route(int prefix, uint8_t scope)
{
    struct rtmsg *route = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof *route);
    route->rtm_family = AF_INET;
    route->rtm_dst_len = (uint8_t)prefix;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_STATIC;
    route->rtm_scope = scope;
    route->rtm_type = RTN_UNICAST;
    return route;
}

void netlink_add_route(int netlink, int index, uint32_t address)
{
    (void)begin_route(HOST_PREFIX, RT_SCOPE_LINK);
    put(RTA_DST, &address, sizeof address);
    put(RTA_OIF, &index, sizeof index);
    talk(netlink, "a route");
}

void netlink_add_default_route(int netlink, int index, uint32_t gateway)
{
    /* On the link, although no address there says so. */
    begin_route(ANY_PREFIX, RT_SCOPE_UNIVERSE)->rtm_flags = RTNH_F_ONLINK;
    put(RTA_GATEWAY, &gateway, sizeof gateway);
    put(RTA_OIF, &index, sizeof index);
    talk(netlink, "the default route");
}
