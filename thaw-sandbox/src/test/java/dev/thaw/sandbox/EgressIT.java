package dev.thaw.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.thaw.guest.AgentLog;
import dev.thaw.guest.GuestIdentity;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real guests with a network, an internet of our own, and listeners that must not be reached. */
class EgressIT {
    private static final MachineShape ONLINE = new MachineShape(128L << 20, 1, Egress.INTERNET);
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
    private static final AgentLog NO_LOG = new AgentLog() {
        @Override
        public void append(Source source, byte[] bytes) {}

        @Override
        public void dropped(long bytes) {}
    };

    @TempDir
    Path directory;

    private Path runDirectory;
    private String forwarding;
    private TestInternet internet;

    @BeforeEach
    void prepare() throws Exception {
        assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))
                .as("root's user id")
                .isEqualTo(0);
        runDirectory = Files.createTempDirectory(Path.of("/tmp"), "thaw");
        forwarding = Files.readString(FORWARDING).strip();
        internet = new TestInternet(directory);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        internet.close();
        Files.delete(runDirectory);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(links()).isEmpty());
        assertThat(TestInternet.run("nft", "list", "tables")).doesNotContain(table());
        assertThat(Files.readString(FORWARDING).strip()).isEqualTo(forwarding);
    }

    private String table() {
        return "thaw_%08x".formatted(directory.resolve("data").toAbsolutePath().hashCode());
    }

    /** The host's ends of guests' links. */
    private static List<String> links() throws IOException {
        try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
            return links.map(link -> link.getFileName().toString())
                    .filter(name -> name.startsWith("thaw"))
                    .toList();
        }
    }

    private QemuProvider provider() throws SandboxException {
        return QemuProvider.open(
                directory.resolve("data"),
                runDirectory,
                BusyboxImage.softwareCache(),
                new EgressSettings(List.of(TestInternet.PRIVATE), List.of()),
                Clock.systemUTC());
    }

    private BootSpec boot(String id, MachineShape shape) throws Exception {
        return new BootSpec(
                id,
                shape,
                BusyboxImage.build(directory),
                Optional.empty(),
                new FunctionProcess(
                        List.of("/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"),
                        List.of("PATH=/bin"),
                        "/",
                        "",
                        15,
                        8080),
                GuestIdentity.fresh(id),
                TIMEOUT,
                NO_LOG);
    }

    /** What the guest gets from a URL; empty when it does not reach it. */
    private static String fetch(Sandbox sandbox, String url) throws Exception {
        return get(sandbox, "/cgi-bin/fetch?" + url);
    }

    private static String get(Sandbox sandbox, String path) throws Exception {
        ByteBuffer request = UTF_8.encode("GET " + path + " HTTP/1.0\r\n\r\n");
        try (FunctionConnection connection = sandbox.connect(request, TIMEOUT)) {
            String response = new String(connection.input().readAllBytes(), UTF_8);
            assertThat(response).matches("(?s)HTTP/1\\.[01] 200 .*");
            return response.split("\r?\n\r?\n", 2)[1];
        }
    }

    @Test
    void guestsReachTheInternetAndNothingNear() throws Exception {
        AtomicInteger intruders = new AtomicInteger();
        try (ServerSocket near = new ServerSocket(0, 50, InetAddress.getByName("0.0.0.0"));
                QemuProvider provider = provider()) {
            Thread.ofVirtual().start(() -> count(near, intruders));
            try (Sandbox one = provider.boot(boot("online-1", ONLINE), new PhaseClock(System::nanoTime));
                    Sandbox two = provider.boot(boot("online-2", ONLINE), new PhaseClock(System::nanoTime))) {
                assertThat(links()).hasSize(2);
                for (Sandbox sandbox : List.of(one, two)) {
                    assertThat(fetch(sandbox, "http://" + TestInternet.PUBLIC + "/"))
                            .isEqualTo(TestInternet.PAGE);
                }
                assertThat(fetch(one, "http://" + TestInternet.NAME + "/")).isEqualTo(TestInternet.PAGE);
                for (String url : near(near.getLocalPort())) {
                    assertThat(fetch(one, url)).as(url).isEmpty();
                }
                // With the host's own rules flushed by somebody else, the name space's still hold.
                TestInternet.run("nft", "delete", "table", "inet", table());
                for (String url : near(near.getLocalPort())) {
                    assertThat(fetch(one, url)).as(url).isEmpty();
                }
            }
            assertThat(intruders).hasValue(0);
        }
    }

    /** Addresses of the host, of what is private, and of other guests. */
    private static List<String> near(int port) throws Exception {
        List<String> urls = new ArrayList<>(List.of(
                "http://" + TestInternet.PRIVATE + "/",
                "http://" + TestInternet.METADATA + "/",
                "http://10.0.2.1:" + port + "/",
                "http://169.254.1.1:" + port + "/"));
        for (NetworkInterface link : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : Collections.list(link.getInetAddresses())) {
                if (address instanceof Inet4Address) {
                    urls.add("http://" + address.getHostAddress() + ":" + port + "/");
                }
            }
        }
        // Whatever numbers the two guests' links have.
        for (String link : links()) {
            int number = Integer.parseInt(link.substring("thaw".length()));
            urls.add("http://198.18." + (number + 2 >> 8) + "." + (number + 2 & 255) + ":8080/");
        }
        assertThat(urls).hasSizeGreaterThanOrEqualTo(8);
        return urls;
    }

    private static void count(ServerSocket server, AtomicInteger intruders) {
        while (!server.isClosed()) {
            try {
                server.accept().close();
                intruders.incrementAndGet();
            } catch (IOException e) {
                return; // the test is over
            }
        }
    }

    @Test
    void clonesGoOnWithTheirNetworkAndOthersHaveNone() throws Exception {
        Path memory = directory.resolve("memory");
        Path state = directory.resolve("state");
        try (QemuProvider provider = provider()) {
            assertThat(provider.host(ONLINE).devices())
                    .isNotEqualTo(provider.host(new MachineShape(128L << 20, 1)).devices());
            try (Sandbox offline = provider.boot(
                    boot("offline-1", new MachineShape(128L << 20, 1)), new PhaseClock(System::nanoTime))) {
                assertThat(get(offline, "/cgi-bin/links")).isEqualTo("lo\n");
                assertThat(fetch(offline, "http://" + TestInternet.PUBLIC + "/"))
                        .isEmpty();
                assertThat(links()).isEmpty();
            }
            PhaseClock bootPhases = new PhaseClock(System::nanoTime);
            try (Sandbox booted = provider.boot(boot("online-3", ONLINE), bootPhases)) {
                assertThat(fetch(booted, "http://" + TestInternet.NAME + "/")).isEqualTo(TestInternet.PAGE);
                FrozenSandbox frozen = booted.freeze(Duration.ofSeconds(5));
                Files.write(state, frozen.deviceState());
                Files.copy(frozen.memory(), memory);
                frozen.resume();
                assertThat(fetch(booted, "http://" + TestInternet.NAME + "/")).isEqualTo(TestInternet.PAGE);
            }
            PhaseClock thawPhases = new PhaseClock(System::nanoTime);
            try (Sandbox one = provider.thaw(thaw("clone-1", memory, state), thawPhases);
                    Sandbox two = provider.thaw(thaw("clone-2", memory, state), new PhaseClock(System::nanoTime))) {
                for (Sandbox clone : List.of(one, two)) {
                    assertThat(fetch(clone, "http://" + TestInternet.NAME + "/"))
                            .isEqualTo(TestInternet.PAGE);
                    assertThat(fetch(clone, "http://" + TestInternet.PRIVATE + "/"))
                            .isEmpty();
                }
                // As a crash of the host's would: nothing of a VMM that is killed with its launcher stays.
                long launcher = ProcessHandle.of(two.pid())
                        .orElseThrow()
                        .parent()
                        .orElseThrow()
                        .pid();
                ProcessHandle.of(launcher).orElseThrow().destroyForcibly();
                await().atMost(Duration.ofSeconds(20)).until(() -> links().size() == 1);
                assertThat(fetch(one, "http://" + TestInternet.NAME + "/")).isEqualTo(TestInternet.PAGE);
            }
            System.out.printf("boot %s%nthaw %s%n", bootPhases.millis(), thawPhases.millis());
        }
    }

    private ThawSpec thaw(String id, Path memory, Path state) throws Exception {
        return new ThawSpec(
                id, ONLINE, BusyboxImage.build(directory), memory, state, GuestIdentity.fresh(id), TIMEOUT, NO_LOG);
    }

    @Test
    void whatACrashedDaemonLeftIsTakenOverAndRemoved() throws Exception {
        EgressSettings settings = new EgressSettings(List.of(TestInternet.PRIVATE), List.of());
        HostNetwork crashed = new HostNetwork(directory.resolve("data"), settings, true);
        crashed.ensure();
        assertThat(TestInternet.run("nft", "list", "table", "inet", table())).contains("masquerade");
        assertThat(Files.readString(FORWARDING).strip()).isEqualTo("1");
        HostNetwork next = new HostNetwork(directory.resolve("data"), settings, true);
        next.takeOver();
        next.close();
        // The end of the test sees that table and forwarding are as before.
    }
}
