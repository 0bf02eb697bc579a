package dev.thaw.store.object;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Writes an object to S3. Small ones in one request; larger ones in pieces, several at once, which appear together by
 * the last request or are thrown away. Each piece lies in memory while it is sent, so that it can be sent again without
 * asking its source again.
 */
final class S3Upload {
    /** S3 allows 10,000 pieces: objects up to 156 GiB. */
    static final int PIECE_BYTES = 16 << 20;

    private static final int PIECES_AT_ONCE = 4;
    private static final Logger LOG = LoggerFactory.getLogger(S3Upload.class);

    private final S3Client client;
    private final S3Calls calls;
    private final S3Location location;
    private final String key;
    private final Condition condition;
    private final Cancellation cancellation;

    S3Upload(
            S3Client client,
            S3Calls calls,
            S3Location location,
            String key,
            Condition condition,
            Cancellation cancellation) {
        this.client = client;
        this.calls = calls;
        this.location = location;
        this.key = key;
        this.condition = condition;
        this.cancellation = cancellation;
    }

    /** @return the version written */
    String send(Body body) throws StoreException {
        try (SourceChannel source = new SourceChannel(key, body)) {
            ByteBuffer first = piece(source);
            return body.lengthBytes() <= PIECE_BYTES ? sendWhole(first) : sendInPieces(first, source);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw FileErrors.storeException("write " + key + " to " + location, e);
        }
    }

    /** The next bytes of the source, and its verdict when they are the last. */
    private ByteBuffer piece(SourceChannel source) throws StoreException {
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, source.remaining()));
        while (piece.hasRemaining() && source.read(piece) >= 0) {
            cancellation.check();
        }
        if (source.remaining() == 0) {
            source.requireEnd();
        }
        return piece.flip();
    }

    private String sendWhole(ByteBuffer bytes) throws StoreException {
        String fullKey = location.full(key);
        return calls.call(
                        doing(),
                        cancellation,
                        () -> client.putObject(
                                request -> {
                                    request.bucket(location.bucket()).key(fullKey);
                                    switch (condition) {
                                        case Condition.Always _ -> {}
                                        case Condition.Absent _ -> request.ifNoneMatch("*");
                                        case Condition.Matches(String version) -> request.ifMatch(version);
                                    }
                                },
                                RequestBody.fromRemainingByteBuffer(bytes.duplicate())))
                .eTag();
    }

    private String sendInPieces(ByteBuffer first, SourceChannel source) throws StoreException {
        String fullKey = location.full(key);
        String upload = calls.call(
                        doing(),
                        cancellation,
                        () -> client.createMultipartUpload(
                                request -> request.bucket(location.bucket()).key(fullKey)))
                .uploadId();
        boolean done = false;
        try {
            List<CompletedPart> pieces = sendAll(fullKey, upload, first, source);
            String version = complete(fullKey, upload, pieces);
            done = true;
            return version;
        } finally {
            if (!done) {
                throwAway(fullKey, upload);
            }
        }
    }

    private List<CompletedPart> sendAll(String fullKey, String upload, ByteBuffer first, SourceChannel source)
            throws StoreException {
        Cancellation ours = new Cancellation();
        try (Cancellation.Registration _ = cancellation.onCancel(() -> ours.cancel("the upload was cancelled"));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                return sendAll(fullKey, upload, first, source, threads, ours);
            } finally {
                ours.cancel("the upload has ended"); // after a failure, or closing would wait for the rest
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(StoreException.Code.CANCELLED, "Interrupted: could not " + doing() + ".", e);
        } catch (ExecutionException e) {
            cancellation.check();
            if (e.getCause() instanceof StoreException failure) {
                throw failure;
            }
            throw new IllegalStateException("A piece failed in a way that it should not", e);
        }
    }

    private List<CompletedPart> sendAll(
            String fullKey,
            String upload,
            ByteBuffer first,
            SourceChannel source,
            ExecutorService threads,
            Cancellation ours)
            throws StoreException, InterruptedException, ExecutionException {
        List<Future<CompletedPart>> sending = new ArrayList<>();
        Semaphore room = new Semaphore(PIECES_AT_ONCE);
        for (ByteBuffer piece = first; piece.hasRemaining(); piece = piece(source)) {
            room.acquire();
            failEarly(sending);
            ByteBuffer bytes = piece;
            int number = sending.size() + 1;
            sending.add(threads.submit(() -> {
                try {
                    return sendPiece(fullKey, upload, number, bytes, ours);
                } finally {
                    room.release();
                }
            }));
        }
        List<CompletedPart> pieces = new ArrayList<>();
        for (Future<CompletedPart> each : sending) {
            pieces.add(each.get());
        }
        return pieces;
    }

    private static void failEarly(List<Future<CompletedPart>> sending) throws ExecutionException, InterruptedException {
        for (Future<CompletedPart> each : sending) {
            if (each.state() == Future.State.FAILED) {
                each.get();
            }
        }
    }

    private CompletedPart sendPiece(String fullKey, String upload, int number, ByteBuffer bytes, Cancellation ours)
            throws StoreException {
        String version = calls.call(
                        doing(),
                        ours,
                        () -> client.uploadPart(
                                request -> request.bucket(location.bucket())
                                        .key(fullKey)
                                        .uploadId(upload)
                                        .partNumber(number),
                                RequestBody.fromRemainingByteBuffer(bytes.duplicate())))
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(version).build();
    }

    private String complete(String fullKey, String upload, List<CompletedPart> pieces) throws StoreException {
        return calls.call(
                        doing(),
                        cancellation,
                        () -> client.completeMultipartUpload(request -> {
                            request.bucket(location.bucket())
                                    .key(fullKey)
                                    .uploadId(upload)
                                    .multipartUpload(all -> all.parts(pieces));
                            switch (condition) {
                                case Condition.Always _ -> {}
                                case Condition.Absent _ -> request.ifNoneMatch("*");
                                case Condition.Matches(String version) -> request.ifMatch(version);
                            }
                        }))
                .eTag();
    }

    /** What cannot be thrown away is left to the bucket's rule for unfinished uploads. */
    private void throwAway(String fullKey, String upload) {
        try {
            calls.call(
                    "throw away an unfinished " + key,
                    Cancellation.never(),
                    () -> client.abortMultipartUpload(request ->
                            request.bucket(location.bucket()).key(fullKey).uploadId(upload)));
        } catch (StoreException e) {
            LOG.warn("An unfinished upload stays in the store key={} reason={}", key, e.getMessage());
        }
    }

    private String doing() {
        return "write " + key + " to " + location;
    }
}
