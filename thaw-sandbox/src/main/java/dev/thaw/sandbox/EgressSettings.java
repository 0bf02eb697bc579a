package dev.thaw.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What guests with a network reach beyond the rule that public addresses are open and all others are not.
 *
 * @param nameservers IPv4 addresses that answer guests' name queries, wherever they are; none leaves guests without names
 * @param denied public IPv4 networks that guests must not reach, as {@code 203.0.113.0/24}
 */
public record EgressSettings(List<String> nameservers, List<String> denied) {
    private static final Pattern NETWORK =
            Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})(/(\\d{1,2}))?");
    private static final Pattern NAMESERVER = Pattern.compile("\\s*nameserver\\s+([0-9.]+)\\s*");
    private static final int MOST_NAMESERVERS = 3;

    /** As the host's name queries go, and where they go to when that is a service on its loopback, which guests do not reach. */
    private static final List<Path> RESOLVERS =
            List.of(Path.of("/etc/resolv.conf"), Path.of("/run/systemd/resolve/resolv.conf"));

    public EgressSettings {
        nameservers = List.copyOf(nameservers);
        denied = List.copyOf(denied);
        nameservers.forEach(server -> check(server, false));
        denied.forEach(network -> check(network, true));
    }

    /** What guests reach on this host unless a user says otherwise. */
    public static EgressSettings ofThisHost() {
        return new EgressSettings(nameservers(""), List.of());
    }

    /**
     * Name servers from a list with commas; the host's own when it is empty.
     *
     * @throws IllegalArgumentException with a text for the user
     */
    public static List<String> nameservers(String text) {
        List<String> servers = split(text);
        servers.forEach(server -> check(server, false));
        return servers.isEmpty() ? ofHost(RESOLVERS) : servers;
    }

    /**
     * Networks from a list with commas.
     *
     * @throws IllegalArgumentException with a text for the user
     */
    public static List<String> networks(String text) {
        List<String> networks = split(text);
        networks.forEach(network -> check(network, true));
        return networks;
    }

    private static List<String> split(String text) {
        return Stream.of(text.split(","))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /** The name servers in the first of these files that names one which a guest could reach. */
    static List<String> ofHost(List<Path> resolvers) {
        for (Path file : resolvers) {
            List<String> servers = new ArrayList<>();
            try {
                for (String line : Files.isReadable(file) ? Files.readAllLines(file) : List.<String>of()) {
                    Matcher matcher = NAMESERVER.matcher(line);
                    if (matcher.matches()
                            && !matcher.group(1).startsWith("127.")
                            && servers.size() < MOST_NAMESERVERS) {
                        servers.add(matcher.group(1));
                    }
                }
            } catch (IOException e) {
                // As good as one that is not there: the next may be.
                continue;
            }
            if (!servers.isEmpty()) {
                return servers;
            }
        }
        return List.of();
    }

    private static void check(String text, boolean network) {
        Matcher matcher = NETWORK.matcher(text);
        boolean good = matcher.matches() && (network || matcher.group(5) == null);
        for (int i = 1; good && i <= 4; i++) {
            good = Integer.parseInt(matcher.group(i)) <= 255;
        }
        if (!good || (matcher.group(6) != null && Integer.parseInt(matcher.group(6)) > 32)) {
            throw new IllegalArgumentException(
                    network
                            ? "Not an IPv4 network: '" + text + "'. Write ADDRESS/BITS, as in 203.0.113.0/24."
                            : "Not an IPv4 address: '" + text + "'.");
        }
        if (!network && text.startsWith("127.")) {
            throw new IllegalArgumentException(
                    "A name server on the host's loopback is out of guests' reach: '" + text + "'. Name another.");
        }
    }
}
