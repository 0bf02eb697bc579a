package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's side of its guests' networks: one table of nft rules, and forwarding. Nothing of it is there until the first guest with a
 * network starts; what a daemon that crashed left is taken over by the next with the same data folder, whose end removes it.
 */
final class HostNetwork implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HostNetwork.class);
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final String TABLES = "thaw_";
    private static final int NFT_SECONDS = 20;

    private final String table;
    private final EgressSettings settings;
    private final boolean root;
    private final Optional<Path> nft;

    /** Guarded by this. */
    private boolean installed;

    /** Whether it was we who made the host forward. Guarded by this. */
    private boolean forwards;

    HostNetwork(Path dataDirectory, EgressSettings settings, boolean root) {
        table = TABLES + "%08x".formatted(dataDirectory.toAbsolutePath().hashCode());
        this.settings = requireNonNull(settings, "settings is null");
        this.root = root;
        nft = findNft();
    }

    private static Optional<Path> findNft() {
        return Pattern.compile(":")
                .splitAsStream(Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/sbin:/sbin")
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "nft"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Why guests cannot have a network here; empty when they can. */
    Optional<String> obstacle() {
        if (!root) {
            return Optional.of("the daemon does not run as root, which network name spaces need");
        }
        if (nft.isEmpty()) {
            return Optional.of("the program nft is missing. On Debian: apt-get install nftables");
        }
        return Files.exists(TUN) ? Optional.empty() : Optional.of(TUN + " is missing: load the kernel module tun");
    }

    /** What loads rules, where it is installed. */
    Optional<Path> program() {
        return nft;
    }

    /** Takes over what an earlier daemon left, for its guests may live on; {@link #close} removes it. */
    synchronized void takeOver() throws SandboxException {
        if (obstacle().isEmpty() && tables().contains(table)) {
            log.info("Taking over the network rules that an earlier daemon left");
            install();
        }
    }

    /** @throws SandboxException HOST with what is missing */
    synchronized void ensure() throws SandboxException {
        Optional<String> obstacle = obstacle();
        if (obstacle.isPresent()) {
            throw new SandboxException(Code.HOST, "Guests cannot have a network: " + obstacle.get() + ".");
        }
        if (!installed || !tables().contains(table)) {
            // Another program's flush of all rules is repaired by the next start.
            install();
        }
    }

    /** The rules of one guest's name space. */
    String guestRules() throws SandboxException {
        List<String> own = new ArrayList<>();
        try {
            for (NetworkInterface link : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                for (InetAddress address : Collections.list(link.getInetAddresses())) {
                    if (address instanceof Inet4Address) {
                        own.add(address.getHostAddress());
                    }
                }
            }
        } catch (SocketException e) {
            throw new SandboxException(Code.HOST, "The host's addresses cannot be read: " + e.getMessage(), e);
        }
        return EgressRules.guest(settings, own);
    }

    private void install() throws SandboxException {
        try {
            forwards = forwards || Files.readString(FORWARDING).strip().equals("0") || hasGuard();
            run(EgressRules.host(table, settings, forwards), List.of("-f", "-"));
            installed = true;
            if (settings.nameservers().isEmpty()) {
                log.warn("Guests with a network have no name server: the host's are on its loopback. Set egress-dns.");
            }
            // After the rules: until then the host would forward what it is not asked to.
            if (forwards) {
                Files.writeString(FORWARDING, "1");
            }
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, "The network's rules cannot be set: " + e.getMessage(), e);
        }
    }

    /** Whether it was a daemon, this one or another, that made the host forward: the last of them puts it back. */
    private boolean hasGuard() throws IOException {
        for (String other : tables()) {
            if (other.startsWith(TABLES)
                    && run("", List.of("list", "table", "inet", other)).contains("chain " + EgressRules.GUARD + " ")) {
                return true;
            }
        }
        return false;
    }

    private List<String> tables() throws SandboxException {
        try {
            return run("", List.of("list", "tables", "inet"))
                    .lines()
                    .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                    .toList();
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, "The host's network rules cannot be read: " + e.getMessage(), e);
        }
    }

    private String run(String input, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(nft.orElseThrow().toString()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            // Both are far smaller than a pipe takes, so neither side waits for the other.
            process.outputWriter(StandardCharsets.UTF_8).append(input).close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(NFT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("nft does not end");
            }
            if (process.exitValue() != 0) {
                throw new IOException("nft: " + said.strip());
            }
            return said;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while nft ran", e);
        } finally {
            process.destroyForcibly();
        }
    }

    @Override
    public synchronized void close() {
        if (!installed) {
            return;
        }
        installed = false;
        try {
            // Made first, for somebody may have flushed it.
            run("table inet %s {}\ndelete table inet %s\n".formatted(table, table), List.of("-f", "-"));
            if (forwards && tables().stream().noneMatch(other -> other.startsWith(TABLES))) {
                Files.writeString(FORWARDING, "0");
            }
        } catch (IOException e) {
            log.error("The network's rules cannot be removed; remove them with: nft delete table inet {}", table, e);
        }
    }
}
