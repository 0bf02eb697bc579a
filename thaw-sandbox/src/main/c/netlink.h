/* The little of rtnetlink that a VMM's network takes: links, addresses, routes and neighbours, each in one request. */
#ifndef THAW_NETLINK_H
#define THAW_NETLINK_H

#include <net/if.h>
#include <stdint.h>

#define MAC_BYTES 6

/* A socket that speaks for the name space that the caller is in now, also later. */
int netlink_open(void);

/* Makes a pair of virtual links: `name` here, and `peer`, which may hold %d for a free number, in another name space. */
void netlink_add_pair(int netlink, const char *name, const uint8_t *mac, const char *peer, const uint8_t *peer_mac, int peer_space);

/* A link's number, and the number of the other end of its pair there; 0 when it is not half of a pair. */
void netlink_find(int netlink, const char *name, int *index, int *peer);
void netlink_name_of(int netlink, int index, char name[IF_NAMESIZE]);

void netlink_set_mac(int netlink, int index, const uint8_t *mac);
void netlink_up(int netlink, int index);

/* Addresses are in network byte order. */
void netlink_add_address(int netlink, int index, uint32_t address, int prefix);
void netlink_add_neighbour(int netlink, int index, uint32_t address, const uint8_t *mac);

/* A route to one address over a link. */
void netlink_add_route(int netlink, int index, uint32_t address);
void netlink_add_default_route(int netlink, int index, uint32_t gateway);

#endif
