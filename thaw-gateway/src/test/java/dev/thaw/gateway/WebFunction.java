package dev.thaw.gateway;

import dev.thaw.sandbox.MemoryFunction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.UnsupportedHttpVersionException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpServerConnection;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;

/** An HTTP server of one request in Java, as a function of a sandbox in memory. */
final class WebFunction implements MemoryFunction {
    private final Handler handler;

    /** Answers a request; may send interim answers or break off by itself. */
    interface Handler {
        ClassicHttpResponse handle(
                ClassicHttpRequest request, AtomicLong memory, DefaultBHttpServerConnection connection)
                throws HttpException, IOException;
    }

    WebFunction(Handler handler) {
        this.handler = handler;
    }

    @Override
    public void serve(AtomicLong memory, InputStream input, OutputStream output) throws IOException {
        try (DefaultBHttpServerConnection connection = new DefaultBHttpServerConnection("http", Http1Config.DEFAULT)) {
            connection.bind(new StreamSocket(input, output));
            ClassicHttpRequest request;
            try {
                request = connection.receiveRequestHeader();
            } catch (UnsupportedHttpVersionException e) {
                connection.sendResponseHeader(empty(505));
                connection.flush();
                return;
            }
            if (request == null) {
                return;
            }
            connection.receiveRequestEntity(request);
            ClassicHttpResponse response = handler.handle(request, memory, connection);
            if (response.getEntity() == null) {
                response.setHeader(HttpHeaders.CONTENT_LENGTH, "0");
            } else if (response.getEntity().getContentLength() >= 0) {
                response.setHeader(
                        HttpHeaders.CONTENT_LENGTH, response.getEntity().getContentLength());
            } else {
                response.setHeader(HttpHeaders.TRANSFER_ENCODING, "chunked");
            }
            connection.sendResponseHeader(response);
            if (response.getEntity() != null && !request.getMethod().equals("HEAD")) {
                connection.sendResponseEntity(response);
            }
            connection.flush();
        } catch (HttpException e) {
            throw new IOException(e);
        }
    }

    static ClassicHttpResponse empty(int status) {
        return new BasicClassicHttpResponse(status);
    }

    private static final class StreamSocket extends Socket {
        private final InputStream input;
        private final OutputStream output;

        StreamSocket(InputStream input, OutputStream output) {
            this.input = input;
            this.output = output;
        }

        @Override
        public InputStream getInputStream() {
            return input;
        }

        @Override
        public OutputStream getOutputStream() {
            return output;
        }

        @Override
        public boolean isConnected() {
            return true;
        }

        @Override
        public void setSoTimeout(int timeout) {}

        @Override
        public int getSoTimeout() {
            return 0;
        }

        @Override
        public void close() throws IOException {
            output.close();
        }
    }
}
