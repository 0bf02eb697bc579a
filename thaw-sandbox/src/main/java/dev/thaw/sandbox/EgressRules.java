package dev.thaw.sandbox;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What guests with a network may reach, in nft's language: once for each name space, which nobody else touches, and once for the host.
 *
 * <p>The addresses that guests see, and those of the links, are the launcher's ({@code egress.c}) and the agent's ({@code network.c}).
 */
final class EgressRules {
    /** What is not public (IANA's registry of special-purpose addresses), with what is special in clouds. */
    private static final List<String> NOT_PUBLIC = List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4");

    /** Where guests send their name queries, see the agent's {@code resolv.conf}. */
    private static final List<String> NAMESERVERS_OF_GUESTS = List.of("10.0.2.1", "10.0.2.3");

    private static final String GUEST = "10.0.2.2";

    /** The host's ends of the links, and the addresses behind them. */
    static final String LINKS = "thaw*";

    private static final String OUTSIDE = "198.18.0.0/15";

    /** Connections of one guest at once, for their table is the whole host's. */
    private static final int MOST_CONNECTIONS = 4096;

    /** The chain that keeps a host that did not forward packets before from forwarding others' now. */
    static final String GUARD = "others";

    private EgressRules() {}

    /** @param hostAddresses the host's own, which a packet filter of the host keeps out of reach too while it is there */
    static String guest(EgressSettings settings, List<String> hostAddresses) {
        Set<String> denied = new LinkedHashSet<>(NOT_PUBLIC);
        denied.addAll(settings.denied());
        denied.addAll(hostAddresses);
        List<String> rules = new ArrayList<>();
        rules.add("table ip thaw {");
        rules.add(set("denied", denied));
        rules.add("chain prerouting { type nat hook prerouting priority dstnat;");
        List<String> servers = settings.nameservers();
        for (int i = 0; i < NAMESERVERS_OF_GUESTS.size() && !servers.isEmpty(); i++) {
            for (String protocol : List.of("udp", "tcp")) {
                rules.add("iifname \"guest\" ip daddr %s %s dport 53 dnat to %s"
                        .formatted(NAMESERVERS_OF_GUESTS.get(i), protocol, servers.get(i % servers.size())));
            }
        }
        rules.add("}");
        rules.add("chain input { type filter hook input priority filter; policy drop; }");
        rules.add("chain forward { type filter hook forward priority filter; policy drop;");
        rules.add("iifname \"uplink\" ct state established,related accept");
        rules.add("iifname \"guest\" oifname \"uplink\" jump outbound");
        rules.add("}");
        rules.add("chain outbound {");
        rules.add("ip saddr != " + GUEST + " drop");
        rules.add("ct state new ct count over " + MOST_CONNECTIONS + " reject with icmp type admin-prohibited");
        rules.addAll(names(servers));
        rules.add("ip daddr @denied reject with icmp type admin-prohibited");
        rules.add("accept");
        rules.add("}");
        rules.add("chain postrouting { type nat hook postrouting priority srcnat; oifname \"uplink\" masquerade; }");
        rules.add("}");
        return lines(rules);
    }

    /**
     * The host's part: translation, and the same policy once more. Replaces the table as a whole.
     *
     * @param guard whether packets that are not of guests must not be forwarded
     */
    static String host(String table, EgressSettings settings, boolean guard) {
        Set<String> denied = new LinkedHashSet<>(NOT_PUBLIC);
        denied.addAll(settings.denied());
        List<String> rules = new ArrayList<>();
        rules.add("table inet " + table + " {}");
        rules.add("delete table inet " + table);
        rules.add("table inet " + table + " {");
        rules.add(set("denied", denied));
        rules.add("chain input { type filter hook input priority filter - 10; policy accept;");
        rules.add("iifname \"" + LINKS + "\" jump to_host");
        rules.add("}");
        rules.add("chain to_host {");
        rules.addAll(names(settings.nameservers()));
        rules.add("drop");
        rules.add("}");
        rules.add("chain forward { type filter hook forward priority filter - 10; policy accept;");
        rules.add("iifname \"" + LINKS + "\" oifname \"" + LINKS + "\" drop");
        rules.add("iifname \"" + LINKS + "\" goto from_guests");
        rules.add("oifname \"" + LINKS + "\" ct state established,related accept");
        rules.add("oifname \"" + LINKS + "\" drop");
        if (guard) {
            rules.add("jump " + GUARD);
        }
        rules.add("}");
        if (guard) {
            rules.add("chain " + GUARD + " { drop; }");
        }
        rules.add("chain from_guests {");
        rules.add("ip saddr != " + OUTSIDE + " drop");
        rules.add("meta nfproto ipv6 drop");
        // A port of the host's that is passed on to one of its containers is the host's.
        rules.add("ct status dnat drop");
        rules.add("tcp flags syn tcp option maxseg size set rt mtu");
        rules.addAll(names(settings.nameservers()));
        rules.add("ip daddr @denied drop");
        rules.add("accept");
        rules.add("}");
        rules.add("chain postrouting { type nat hook postrouting priority srcnat;");
        rules.add("ip saddr " + OUTSIDE + " oifname != \"" + LINKS + "\" masquerade");
        rules.add("}");
        rules.add("}");
        return lines(rules);
    }

    private static List<String> names(List<String> servers) {
        if (servers.isEmpty()) {
            return List.of();
        }
        String set = "{ " + String.join(", ", new LinkedHashSet<>(servers)) + " }";
        return List.of("ip daddr " + set + " udp dport 53 accept", "ip daddr " + set + " tcp dport 53 accept");
    }

    private static String set(String name, Set<String> elements) {
        return "set " + name + " { type ipv4_addr; flags interval; auto-merge; elements = { "
                + String.join(", ", elements) + " } }";
    }

    private static String lines(List<String> rules) {
        return String.join("\n", rules) + "\n";
    }
}
