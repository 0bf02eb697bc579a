package dev.thaw.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.thaw.gateway.http2.Http2Connection;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.frame.FrameFlag;
import org.apache.hc.core5.http2.frame.FrameType;
import org.apache.hc.core5.http2.frame.RawFrame;
import org.apache.hc.core5.http2.hpack.HPackDecoder;
import org.apache.hc.core5.http2.hpack.HPackEncoder;
import org.apache.hc.core5.http2.impl.io.FrameInputBuffer;
import org.apache.hc.core5.util.ByteArrayBuffer;

/** A client of HTTP/2 that sends exactly what it is told, right or wrong. */
final class RawHttp2 implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;
    private final FrameInputBuffer frames = new FrameInputBuffer(16 << 10);
    private final HPackDecoder decoder = new HPackDecoder(4_096, ISO_8859_1);
    private final HPackEncoder encoder = new HPackEncoder(0, ISO_8859_1);

    RawHttp2(URI server) throws IOException {
        socket = new Socket(server.getHost(), server.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.getOutputStream().write(Http2Connection.PREFACE.getBytes(ISO_8859_1));
        frame(FrameType.SETTINGS.getValue(), 0, 0, new byte[0]);
    }

    void bytes(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
        bytes(frame.array());
    }

    byte[] block(String... namesAndValues) throws IOException {
        List<Header> headers = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(new BasicHeader(namesAndValues[i], namesAndValues[i + 1]));
        }
        ByteArrayBuffer block = new ByteArrayBuffer(256);
        encoder.encodeHeaders(block, headers, false);
        return block.toByteArray();
    }

    void headers(int stream, boolean end, String... namesAndValues) throws IOException {
        int flags = FrameFlag.of(FrameFlag.END_HEADERS) | (end ? FrameFlag.of(FrameFlag.END_STREAM) : 0);
        frame(FrameType.HEADERS.getValue(), flags, stream, block(namesAndValues));
    }

    void get(int stream, String path) throws IOException {
        request(stream, true, "GET", path);
    }

    /** @param more names and values of further fields */
    void request(int stream, boolean end, String method, String path, String... more) throws IOException {
        String[] head = {":method", method, ":scheme", "http", ":authority", "localhost", ":path", path};
        String[] all = Arrays.copyOf(head, head.length + more.length);
        System.arraycopy(more, 0, all, head.length, more.length);
        headers(stream, end, all);
    }

    void data(int stream, boolean end, byte[] content) throws IOException {
        frame(FrameType.DATA.getValue(), end ? FrameFlag.of(FrameFlag.END_STREAM) : 0, stream, content);
    }

    /** Reads on to the end of the stream: its head, then its body in one piece, then its trailers. */
    Answer answer(int stream) throws HttpException, IOException {
        List<Header> head = null;
        List<Header> trailers = List.of();
        StringBuilder body = new StringBuilder();
        RawFrame frame;
        while ((frame = frames.read(socket.getInputStream())) != null) {
            if (frame.getStreamId() != stream) {
                continue;
            }
            if (frame.isType(FrameType.RST_STREAM)) {
                return new Answer(
                        List.of(),
                        body.toString(),
                        List.of(),
                        error(frame.getPayload().getInt()));
            }
            if (frame.isType(FrameType.HEADERS)) {
                List<Header> block = decoder.decodeHeaders(frame.getPayloadContent());
                if (head == null) {
                    head = block;
                } else {
                    trailers = block;
                }
            } else if (frame.isType(FrameType.DATA) && frame.getPayloadContent() != null) {
                body.append(ISO_8859_1.decode(frame.getPayloadContent()));
            }
            if (frame.isFlagSet(FrameFlag.END_STREAM)) {
                return new Answer(head == null ? List.of() : head, body.toString(), trailers, "");
            }
        }
        throw new IOException("The connection ended before the stream " + stream);
    }

    /** Reads on to the connection's end. Returns the error it was ended with, and empty when none was told. */
    String end() throws IOException {
        String error = "";
        RawFrame frame;
        try {
            while ((frame = frames.read(socket.getInputStream())) != null) {
                if (frame.isType(FrameType.GOAWAY)) {
                    ByteBuffer payload = frame.getPayload();
                    payload.getInt();
                    error = error(payload.getInt());
                }
            }
        } catch (ConnectionClosedException | SocketException e) {
            // In order, or over bytes that the server had not read.
            return error;
        }
        return error;
    }

    private static String error(int code) {
        H2Error error = H2Error.getByCode(code);
        return error == null ? Integer.toString(code) : error.name();
    }

    record Answer(List<Header> head, String body, List<Header> trailers, String error) {
        String field(String name) {
            return head.stream()
                    .filter(header -> header.getName().equals(name))
                    .map(Header::getValue)
                    .findFirst()
                    .orElse("");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
