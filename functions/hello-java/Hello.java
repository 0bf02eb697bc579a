import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.Executors;

/** A sample function in Java 17. docs/samples.md describes what every hello sample answers. */
public final class Hello {
    private static final int STATE_BYTES = 1 << 20;
    private static final int LONGEST_SLEEP_MS = 600_000;
    private static final String FILE_NAME = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}";

    private final SecureRandom random = new SecureRandom();
    // Replaced as a whole by one request, read by others.
    private volatile byte[] state = {};

    private Hello() {}

    public static void main(String[] arguments) throws IOException {
        // Nagle's algorithm would hold a small answer back until the client has acknowledged its head.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        ThawHooks.install();
        Hello hello = new Hello();
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
        HttpServer server = HttpServer.create(new InetSocketAddress("0.0.0.0", port), 1024);
        server.createContext("/", exchange -> {
            try (Call call = new Call(exchange)) {
                hello.serve(call);
            }
        });
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        System.out.println("listening on port " + server.getAddress().getPort());
    }

    private void serve(Call call) throws IOException {
        switch (call.path()) {
            case "/" -> call.answer("Hello from Java\n");
            case "/echo" -> call.echo();
            case "/identity" -> call.answer(200, "application/json", identity());
            case "/state" -> state(call);
            case "/file" -> file(call);
            case "/sleep" -> sleep(call);
            case "/crash" -> Runtime.getRuntime().halt(3);
            default -> call.refuse(404, "no such path");
        }
    }

    private byte[] identity() throws IOException {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        Instant now = Instant.now();
        return """
                {"uuid":"%s","random":"%s","hostname":"%s","machine_id":"%s","boot_id":"%s","clock_ns":%d}
                """
                .formatted(
                        UUID.randomUUID(),
                        HexFormat.of().formatHex(bytes),
                        firstLine("/proc/sys/kernel/hostname"),
                        firstLine("/etc/machine-id"),
                        firstLine("/proc/sys/kernel/random/boot_id"),
                        now.getEpochSecond() * 1_000_000_000L + now.getNano())
                .getBytes();
    }

    private static String firstLine(String path) throws IOException {
        try {
            return Files.readString(Path.of(path)).lines().findFirst().orElse("");
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private void state(Call call) throws IOException {
        if (!call.isPost()) {
            call.answer(200, "application/octet-stream", state);
            return;
        }
        byte[] fresh = call.body().readNBytes(STATE_BYTES + 1);
        if (fresh.length > STATE_BYTES) {
            call.refuse(413, "at most " + STATE_BYTES + " bytes");
            return;
        }
        state = fresh;
        call.answer("stored\n");
    }

    private static void file(Call call) throws IOException {
        String name = call.query("name", "");
        Path path = Path.of("/var/tmp", name.matches(FILE_NAME) ? name : "-");
        if (!name.matches(FILE_NAME)) {
            call.refuse(400, "name is letters, digits, '.', '_' and '-'");
        } else if (call.isPost()) {
            try (OutputStream out = Files.newOutputStream(path)) {
                call.body().transferTo(out);
            }
            call.answer("written\n");
        } else if (!Files.exists(path)) {
            call.refuse(404, "no such file");
        } else {
            try (InputStream in = Files.newInputStream(path)) {
                call.stream(in);
            }
        }
    }

    private static void sleep(Call call) throws IOException {
        String ms = call.query("ms", "0");
        if (!ms.matches("\\d{1,6}") || Integer.parseInt(ms) > LONGEST_SLEEP_MS) {
            call.refuse(400, "ms is 0 to " + LONGEST_SLEEP_MS);
            return;
        }
        try {
            Thread.sleep(Integer.parseInt(ms));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        call.answer("slept\n");
    }
}
