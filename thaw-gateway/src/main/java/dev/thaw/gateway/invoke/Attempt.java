package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.RequestBody;
import dev.thaw.gateway.http.Trailers;
import dev.thaw.node.Claim;
import dev.thaw.node.Revision;
import dev.thaw.node.StartKind;
import dev.thaw.sandbox.Phase;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hc.core5.function.Supplier;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.jspecify.annotations.Nullable;

/** One invocation in one instance, over one connection: the request goes in while the answer comes out. */
final class Attempt implements AutoCloseable {
    /** How long a request's body is still passed on when the answer is complete. */
    private static final Duration LAST_OF_BODY = Duration.ofMillis(200);

    private final Invocation invocation;
    private final Exchange exchange;
    private final Claim claim;
    private final Revision revision;
    private final FunctionVersions versions;
    private final Duration timeout;
    private final byte @Nullable [] smallBody;
    private FunctionSocket socket;
    private @Nullable FunctionHttp http;
    private @Nullable Thread bodyThread;

    /** Of the answer's body. */
    private byte[] begin = {};

    /** Why the client's body could not be read. Written by the body's thread, read by the other when its connection broke. */
    private volatile @Nullable IOException clientFailure;

    /** @param smallBody the request's whole body when it has been read already */
    Attempt(
            Invocation invocation,
            Revision revision,
            Claim claim,
            byte @Nullable [] smallBody,
            FunctionVersions versions,
            Duration timeout) {
        this.invocation = requireNonNull(invocation, "invocation is null");
        this.revision = requireNonNull(revision, "revision is null");
        this.claim = requireNonNull(claim, "claim is null");
        this.smallBody = smallBody;
        this.versions = requireNonNull(versions, "versions is null");
        this.timeout = requireNonNull(timeout, "timeout is null");
        exchange = invocation.exchange();
        socket = new FunctionSocket(claim, timeout);
    }

    private FunctionHttp open() throws IOException {
        if (exchange.isHttp2() && versions.mayKnowHttp2(revision)) {
            try {
                Optional<FunctionHttp> http2 = FunctionHttp2.greet(socket, timeout);
                if (http2.isPresent()) {
                    return http2.get();
                }
                versions.knowsHttp1Only(revision);
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                socket.close();
                if (!accepted()) {
                    throw e;
                }
                // It took the connection and broke it off: the greeting may be what it did not like. If it is gone
                // instead, the next try tells.
            }
            socket = new FunctionSocket(claim, timeout);
        }
        return new FunctionHttp1(socket);
    }

    /** Sends the request's head, and its body as far as it is there. */
    void send() throws HttpException, IOException {
        FunctionHttp opened = open();
        http = opened;
        exchange.whenGone(socket::close);
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
            opened.sendHead(request, true);
            opened.sendBody(request);
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
        opened.sendHead(request, false);
        bodyThread = Thread.ofVirtual().name("thaw-request-body").start(() -> sendBody(opened, request));
    }

    private void sendBody(FunctionHttp opened, ClassicHttpRequest request) {
        try {
            opened.sendBody(request);
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

    /** Waits for the answer's head, and the begin of a body whose length it tells; interim answers go on to the client. */
    ClassicHttpResponse receiveHead() throws HttpException, IOException {
        while (true) {
            ClassicHttpResponse response = opened().receiveHead();
            if (response.getCode() >= 200) {
                receiveBegin(response);
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

    /**
     * As long as nothing has gone to the client, it can be told what became of its request: of an answer that breaks off between its head and its body, too. A body without a
     * length may be a stream, whose head the client waits for.
     */
    private void receiveBegin(ClassicHttpResponse response) throws HttpException, IOException {
        if (isBodiless(response)) {
            return;
        }
        opened().receiveBody(response);
        HttpEntity entity = response.getEntity();
        if (entity != null && entity.getContentLength() > 0) {
            byte[] buffer = new byte[(int) Math.min(entity.getContentLength(), BodyStream.BUFFER_BYTES)];
            begin = Arrays.copyOf(buffer, Math.max(0, entity.getContent().read(buffer)));
        }
    }

    private boolean isBodiless(ClassicHttpResponse response) {
        return exchange.method().equals("HEAD") || response.getCode() == 204 || response.getCode() == 304;
    }

    private FunctionHttp opened() throws IOException {
        FunctionHttp opened = http;
        if (opened == null) {
            throw new IOException("Nothing has been sent yet.");
        }
        return opened;
    }

    /** How long each further read and write of the function's connection may wait. */
    void timeout(Duration limit) throws IOException {
        opened().timeout(limit);
    }

    /** The phases from the registration to the answer's first byte. */
    Map<Phase, Double> phasesMillis() throws IOException {
        Map<Phase, Double> phases = new EnumMap<>(Phase.class);
        phases.putAll(claim.phasesMillis());
        phases.put(Phase.REQUEST, (opened().firstByteNanos() - claim.readyNanos()) / 1e6);
        return phases;
    }

    /** Sends the answer on, head and body. */
    void forward(ClassicHttpResponse response, Map<Phase, Double> phases) throws HttpException, IOException {
        ClassicHttpResponse answer = new BasicClassicHttpResponse(response.getCode(), response.getReasonPhrase());
        ForwardedHeaders.response(response, answer);
        describe(answer, phases);
        if (isBodiless(response)) {
            Header length = response.getFirstHeader(HttpHeaders.CONTENT_LENGTH);
            if (length != null && response.getCode() != 204) {
                answer.addHeader(length);
            }
        } else {
            HttpEntity entity = response.getEntity();
            if (entity != null) {
                Supplier<List<? extends Header>> trailers = Trailers.of(entity);
                answer.setEntity(new BodyStream(
                        new FromFunction(begin, entity.getContent()),
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
        FunctionHttp opened = http;
        if (opened != null) {
            opened.close();
        }
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

    /** What has been read ahead of it, and then the rest. */
    private static final class FromFunction implements BodyStream.Source {
        private final ByteArrayInputStream begin;
        private final InputStream rest;

        FromFunction(byte[] begin, InputStream rest) {
            this.begin = new ByteArrayInputStream(begin);
            this.rest = rest;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return begin.available() > 0 ? begin.read(target, offset, length) : rest.read(target, offset, length);
        }

        @Override
        public int available() throws IOException {
            return begin.available() + rest.available();
        }
    }
}
