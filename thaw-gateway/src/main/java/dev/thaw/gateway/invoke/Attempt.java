package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.RequestBody;
import dev.thaw.gateway.http.Trailers;
import dev.thaw.node.Claim;
import dev.thaw.node.StartKind;
import dev.thaw.sandbox.Phase;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.hc.core5.function.Supplier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.io.CloseMode;
import org.jspecify.annotations.Nullable;

/** One invocation in one instance, over one connection: the request goes in while the answer comes out. */
final class Attempt implements AutoCloseable {
    private static final Http1Config CONFIG = Http1Config.custom()
            .setBufferSize(16 << 10)
            .setMaxLineLength(64 << 10)
            .setMaxHeaderCount(512)
            .build();

    /** How long a request's body is still passed on when the answer is complete. */
    private static final Duration LAST_OF_BODY = Duration.ofMillis(200);

    private final Invocation invocation;
    private final Exchange exchange;
    private final Claim claim;
    private final FunctionSocket socket;
    private final DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(
            CONFIG, null, null, null, null, null, new DefaultHttpResponseParserFactory(CONFIG));
    private final byte @Nullable [] smallBody;
    private @Nullable Thread bodyThread;

    /** Why the client's body could not be read. Written by the body's thread, read by the other when its connection broke. */
    private volatile @Nullable IOException clientFailure;

    /** @param smallBody the request's whole body when it has been read already */
    Attempt(Invocation invocation, Claim claim, byte @Nullable [] smallBody, Duration timeout) {
        this.invocation = requireNonNull(invocation, "invocation is null");
        this.claim = requireNonNull(claim, "claim is null");
        this.smallBody = smallBody;
        exchange = invocation.exchange();
        socket = new FunctionSocket(claim, timeout);
    }

    /** Sends the request's head, and its body as far as it is there. */
    void send() throws HttpException, IOException {
        connection.bind(socket);
        ClassicHttpRequest request = new BasicClassicHttpRequest(exchange.method(), invocation.target());
        ForwardedHeaders.request(exchange, invocation.prefix(), request);
        RequestBody body = exchange.body();
        if (smallBody != null) {
            if (body.isPresent()) {
                request.setHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(smallBody.length));
                request.setEntity(new ByteArrayEntity(smallBody, null));
            } else if (exchange.request().containsHeader(HttpHeaders.CONTENT_LENGTH)) {
                request.setHeader(HttpHeaders.CONTENT_LENGTH, "0");
            }
            connection.sendRequestHeader(request);
            connection.sendRequestEntity(request);
            connection.flush();
            return;
        }
        if (body.length().isPresent()) {
            request.setHeader(
                    HttpHeaders.CONTENT_LENGTH, Long.toString(body.length().getAsLong()));
        } else {
            request.setHeader(HttpHeaders.TRANSFER_ENCODING, "chunked");
        }
        request.setEntity(new BodyStream(
                new FromClient(body), body.length().orElse(-1), () -> trailers(body.trailers()), socket::close));
        connection.sendRequestHeader(request);
        connection.flush();
        bodyThread = Thread.ofVirtual().name("thaw-request-body").start(() -> sendBody(request));
    }

    private void sendBody(ClassicHttpRequest request) {
        try {
            connection.sendRequestEntity(request);
            connection.flush();
        } catch (IOException | HttpException e) {
            // The function takes no more, or the client sends no more. Whoever reads the answer sees what became of it.
            exchange.body().abandon();
        }
    }

    private static List<Header> trailers(List<? extends Header> source) {
        List<Header> kept = new ArrayList<>();
        ForwardedHeaders.trailers(source, kept);
        return kept;
    }

    /** What went wrong on the client's side, when the request could not be sent on because of it. */
    @Nullable
    IOException clientFailure() {
        return clientFailure;
    }

    boolean accepted() {
        return socket.acceptedNanos().isPresent();
    }

    /** Waits for the answer's head; interim answers go on to the client. */
    ClassicHttpResponse receiveHead() throws HttpException, IOException {
        while (true) {
            ClassicHttpResponse response = connection.receiveResponseHeader();
            if (response.getCode() >= 200) {
                return response;
            }
            if (response.getCode() != 100) {
                ClassicHttpResponse interim =
                        new BasicClassicHttpResponse(response.getCode(), response.getReasonPhrase());
                ForwardedHeaders.response(response, interim);
                exchange.inform(interim);
            }
        }
    }

    /** How long each further read and write of the function's connection may wait. */
    void timeout(Duration limit) {
        socket.timeout(limit);
    }

    /** The phases from the registration to the answer's first byte. */
    Map<Phase, Double> phasesMillis() {
        Map<Phase, Double> phases = new EnumMap<>(Phase.class);
        phases.putAll(claim.phasesMillis());
        phases.put(Phase.REQUEST, (socket.firstByteNanos() - claim.readyNanos()) / 1e6);
        return phases;
    }

    /** Sends the answer on, head and body. */
    void forward(ClassicHttpResponse response, Map<Phase, Double> phases) throws HttpException, IOException {
        ClassicHttpResponse answer = new BasicClassicHttpResponse(response.getCode(), response.getReasonPhrase());
        ForwardedHeaders.response(response, answer);
        describe(answer, phases);
        boolean bodiless = exchange.method().equals("HEAD") || response.getCode() == 204 || response.getCode() == 304;
        if (bodiless) {
            Header length = response.getFirstHeader(HttpHeaders.CONTENT_LENGTH);
            if (length != null && response.getCode() != 204) {
                answer.addHeader(length);
            }
        } else {
            connection.receiveResponseEntity(response);
            HttpEntity entity = response.getEntity();
            if (entity != null) {
                Supplier<List<? extends Header>> trailers = Trailers.of(entity);
                answer.setEntity(new BodyStream(
                        new FromFunction(entity.getContent()),
                        entity.getContentLength(),
                        () -> trailers(trailers.get()),
                        exchange::abort));
            }
        }
        exchange.respond(answer);
    }

    private void describe(ClassicHttpResponse answer, Map<Phase, Double> phases) {
        answer.setHeader("Thaw-Start", claim.kind().label());
        answer.setHeader("Thaw-Worker", claim.worker());
        answer.setHeader("Thaw-Instance", claim.instance());
        socket.acceptedNanos()
                .ifPresent(accepted -> answer.setHeader(
                        "Thaw-Initialization-Ms", ServerTiming.millis((accepted - exchange.receivedNanos()) / 1e6)));
        if (claim.kind() != StartKind.WARM) {
            answer.setHeader("Thaw-Fetched-Bytes", Long.toString(claim.start().fetchedBytes()));
        }
        answer.addHeader(ServerTiming.HEADER, ServerTiming.render(phases));
    }

    /** Ends the connection to the function. Where the client's body is still on its way, nobody will read on: its connection ends too. */
    @Override
    public void close() {
        Thread thread = bodyThread;
        if (thread != null && exchange.responded()) {
            awaitBody(thread);
        }
        connection.close(CloseMode.IMMEDIATE);
        socket.close();
        if (thread != null && thread.isAlive()) {
            exchange.body().abandon();
        }
    }

    private static void awaitBody(Thread thread) {
        try {
            thread.join(LAST_OF_BODY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class FromClient implements BodyStream.Source {
        private final RequestBody body;

        FromClient(RequestBody body) {
            this.body = body;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                return body.read(target, offset, length);
            } catch (IOException e) {
                clientFailure = e;
                throw e;
            }
        }

        @Override
        public int available() {
            return 0;
        }
    }

    private record FromFunction(InputStream input) implements BodyStream.Source {
        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return input.read(target, offset, length);
        }

        @Override
        public int available() throws IOException {
            return input.available();
        }
    }
}
