package dev.thaw.image;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A registry on the loopback that answers well by default, and as badly as a test wants. */
final class FakeRegistry implements AutoCloseable {
    /** Answers a request, or leaves it to the registry. */
    @FunctionalInterface
    interface Trick {
        boolean answers(HttpExchange exchange, int number) throws IOException;
    }

    final List<String> requests = new CopyOnWriteArrayList<>();
    final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private volatile byte[] manifest = {};
    private volatile Trick trick = (_, _) -> false;

    FakeRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                handle(exchange);
            }
        });
        server.start();
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    String serve(LayoutBuilder image) {
        manifest = image.manifest();
        blobs.putAll(image.blobs);
        blobs.put(Digest.of(manifest), manifest);
        return host() + "/app:v1";
    }

    /** What happens to requests for blobs and manifests; {@code number} counts those for the same path from 1. */
    void trick(Trick fresh) {
        trick = fresh;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        String request = path + (range == null ? "" : " " + range);
        requests.add(request);
        int number = (int) requests.stream()
                .filter(it -> it.equals(path) || it.startsWith(path + " "))
                .count();
        if (path.equals("/v2/")) {
            answer(exchange, 200, new byte[0]);
        } else if (trick.answers(exchange, number)) {
            return;
        } else if (path.equals("/v2/app/manifests/v1")) {
            answer(exchange, 200, manifest);
        } else if (path.contains("sha256:")) {
            byte[] blob = blobs.get(Digest.parse(path.substring(path.lastIndexOf('/') + 1)));
            if (blob == null) {
                answer(exchange, 404, new byte[0]);
            } else if (range == null) {
                answer(exchange, 200, blob);
            } else {
                int from = Integer.parseInt(range.replaceAll("\\D", ""));
                exchange.getResponseHeaders()
                        .set("Content-Range", "bytes " + from + "-" + (blob.length - 1) + "/" + blob.length);
                answer(exchange, 206, Arrays.copyOfRange(blob, from, blob.length));
            }
        } else {
            answer(exchange, 404, new byte[0]);
        }
    }

    static boolean answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
        return true;
    }

    /** Sends a part of the body that it announced, and hangs up. */
    static boolean breakOff(HttpExchange exchange, byte[] body, int length) throws IOException {
        exchange.sendResponseHeaders(200, body.length);
        OutputStream out = exchange.getResponseBody();
        out.write(body, 0, length);
        out.flush();
        exchange.close();
        return true;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        threads.close();
    }
}
