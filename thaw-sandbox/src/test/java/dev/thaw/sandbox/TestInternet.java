package dev.thaw.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network name space that stands for the internet: a web server and a name server on a public address, the same on a private one and on the
 * address of clouds' metadata, each with a route to it on the host.
 */
final class TestInternet implements AutoCloseable {
    /** Set aside for documentation: nobody's. */
    static final String HOST = "198.51.100.9";

    static final String PUBLIC = "198.51.100.10";
    static final String PRIVATE = "10.213.7.53";
    static final String METADATA = "169.254.169.254";

    /** What the name server knows. */
    static final String NAME = "example.test";

    static final String PAGE = "hello from the internet\n";

    /** Answers a query for one name's IPv4 address, and says of others that there are none. */
    private static final String NAME_SERVER = """
            import socket, sys
            address, name, answer = sys.argv[1:]
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind((address, 53))
            known = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\\0"
            while True:
                query, client = server.recvfrom(512)
                question = query[12:query.index(b"\\0", 12) + 5]
                found = question == known + b"\\0\\1\\0\\1"
                head = query[:2] + (b"\\x81\\x80" if question.startswith(known) else b"\\x81\\x83")
                counts = b"\\0\\1" + (b"\\0\\1" if found else b"\\0\\0") + b"\\0\\0\\0\\0"
                record = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4" + socket.inet_aton(answer)
                server.sendto(head + counts + question + (record if found else b""), client)
            """;

    private static final String SPACE = "thawtest";
    private static final String HOST_END = "twtest0";

    private final List<Process> servers = new ArrayList<>();

    TestInternet(Path folder) throws Exception {
        remove();
        run("ip", "netns", "add", SPACE);
        run("ip", "link", "add", HOST_END, "type", "veth", "peer", "name", "test1", "netns", SPACE);
        run("ip", "addr", "add", HOST + "/30", "dev", HOST_END);
        run("ip", "link", "set", HOST_END, "up");
        inside("ip", "link", "set", "lo", "up");
        inside("ip", "addr", "add", PUBLIC + "/30", "dev", "test1");
        inside("ip", "link", "set", "test1", "up");
        for (String more : List.of(PRIVATE, METADATA)) {
            inside("ip", "addr", "add", more + "/32", "dev", "test1");
            run("ip", "route", "add", more + "/32", "dev", HOST_END);
        }
        Path pages = Files.createDirectories(folder.resolve("pages"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(pages.resolve("index.html"), PAGE);
        Path nameServer = Files.writeString(folder.resolve("names.py"), NAME_SERVER);
        serve("busybox", "httpd", "-f", "-p", "80", "-h", pages.toString());
        serve("python3", nameServer.toString(), PRIVATE, NAME, PUBLIC);
    }

    private void serve(String... command) throws IOException {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", SPACE));
        all.addAll(List.of(command));
        servers.add(new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    private static void inside(String... command) throws Exception {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", SPACE));
        all.addAll(List.of(command));
        run(all.toArray(String[]::new));
    }

    /** What a command wrote; fails when it does. */
    static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said);
        }
        return said;
    }

    private static void remove() throws Exception {
        if (run("ip", "netns", "list").lines().anyMatch(line -> line.split(" ")[0].equals(SPACE))) {
            run("ip", "netns", "del", SPACE);
        }
        // The kernel removes the link with the name space, in its own time.
        await().atMost(Duration.ofSeconds(20)).until(() -> Files.notExists(Path.of("/sys/class/net", HOST_END)));
    }

    @Override
    public void close() throws Exception {
        for (Process server : servers) {
            server.destroyForcibly().waitFor();
        }
        remove();
    }
}
