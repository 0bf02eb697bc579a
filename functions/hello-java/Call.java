import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** One request and its answer. */
final class Call implements AutoCloseable {
    /** For the server: an answer without a body, and one whose length is not known. */
    private static final int EMPTY = -1;

    private static final int CHUNKED = 0;

    private final HttpExchange exchange;
    private final long began = System.nanoTime();

    Call(HttpExchange exchange) {
        this.exchange = exchange;
    }

    String path() {
        return exchange.getRequestURI().getPath();
    }

    boolean isPost() {
        return exchange.getRequestMethod().equals("POST") || exchange.getRequestMethod().equals("PUT");
    }

    InputStream body() {
        return exchange.getRequestBody();
    }

    String query(String name, String otherwise) {
        String query = exchange.getRequestURI().getQuery();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            if (pair.startsWith(name + "=")) {
                return pair.substring(name.length() + 1);
            }
        }
        return otherwise;
    }

    /** Sends the body back while it comes. */
    void echo() throws IOException {
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        long known = length == null ? CHUNKED : Long.parseLong(length);
        try (OutputStream out = head(200, "application/octet-stream", known == 0 && length != null ? EMPTY : known)) {
            byte[] part = new byte[64 << 10];
            for (int read = body().read(part); read >= 0; read = body().read(part)) {
                out.write(part, 0, read);
                out.flush();
            }
        }
    }

    void stream(InputStream in) throws IOException {
        try (OutputStream out = head(200, "application/octet-stream", CHUNKED)) {
            in.transferTo(out);
        }
    }

    void answer(String text) throws IOException {
        answer(200, "text/plain", text.getBytes(StandardCharsets.UTF_8));
    }

    void refuse(int status, String why) throws IOException {
        answer(status, "text/plain", (why + "\n").getBytes(StandardCharsets.UTF_8));
    }

    void answer(int status, String type, byte[] bytes) throws IOException {
        // What is left of the body, so that the connection can carry another request.
        body().transferTo(OutputStream.nullOutputStream());
        try (OutputStream out = head(status, type, bytes.length == 0 ? EMPTY : bytes.length)) {
            out.write(bytes);
        }
    }

    private OutputStream head(int status, String type, long length) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        double ms = (System.nanoTime() - began) / 1e6;
        exchange.getResponseHeaders().set("Server-Timing", String.format("app;dur=%.3f", ms));
        exchange.sendResponseHeaders(status, length);
        return exchange.getResponseBody();
    }

    @Override
    public void close() {
        exchange.close();
    }
}
