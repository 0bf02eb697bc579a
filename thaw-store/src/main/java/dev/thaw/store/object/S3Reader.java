package dev.thaw.store.object;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads an object from S3. A transfer that breaks off, or falls silent, goes on from where it was, on the same version
 * of the object, as often as patience allows without a byte of progress.
 *
 * <p>The socket is read by {@link S3Calls#interruptibly}, a buffer at a time: closing a stream of the JDK's HTTP client
 * waits for whoever reads it, so a silent transfer could not be cancelled otherwise.
 */
final class S3Reader implements ObjectReader {
    private static final int BUFFER_BYTES = 256 << 10;

    /** What comes first is given early: more and more is waited for. */
    private static final int FIRST_BYTES = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(S3Reader.class);

    private final S3Client client;
    private final S3Calls calls;
    private final S3Location location;
    private final String key;
    private final Cancellation cancellation;
    private final ObjectInfo info;
    private final long length;
    private long next; // the next byte's place in the object
    private final long end;
    private int failures; // since the last byte that came
    private ResponseInputStream<GetObjectResponse> stream;
    private final byte[] buffer;
    private int most = FIRST_BYTES; // that is waited for at once
    private ByteBuffer buffered = ByteBuffer.allocate(0);
    private boolean open = true;

    private S3Reader(
            S3Client client,
            S3Calls calls,
            S3Location location,
            String key,
            ByteRange range,
            Cancellation cancellation,
            ResponseInputStream<GetObjectResponse> stream)
            throws StoreException {
        this.client = client;
        this.calls = calls;
        this.location = location;
        this.key = key;
        this.cancellation = cancellation;
        this.stream = stream;
        this.info = info(key, stream.response());
        this.length = range.lengthWithin(key, info.sizeBytes());
        this.next = range.offset();
        this.end = next + length;
        this.buffer = new byte[(int) Math.min(BUFFER_BYTES, length)];
    }

    static S3Reader open(
            S3Client client, S3Calls calls, S3Location location, String key, ByteRange range, Cancellation cancellation)
            throws StoreException {
        GetObjectRequest.Builder request =
                GetObjectRequest.builder().bucket(location.bucket()).key(location.full(key));
        if (!range.equals(ByteRange.all())) {
            String last = range.length() == ByteRange.TO_END ? "" : "" + (range.offset() + range.length() - 1);
            request.range("bytes=" + range.offset() + "-" + last);
        }
        ResponseInputStream<GetObjectResponse> stream =
                calls.call("read " + key + " from " + location, cancellation, () -> client.getObject(request.build()));
        try {
            return new S3Reader(client, calls, location, key, range, cancellation, stream);
        } catch (StoreException e) {
            stream.abort();
            throw e;
        }
    }

    private static ObjectInfo info(String key, GetObjectResponse response) {
        String range = response.contentRange(); // "bytes 5-9/10"
        long size =
                range == null ? response.contentLength() : Long.parseLong(range.substring(range.lastIndexOf('/') + 1));
        Instant modified = response.lastModified();
        return new ObjectInfo(key, size, response.eTag(), modified);
    }

    @Override
    public ObjectInfo info() {
        return info;
    }

    @Override
    public long lengthBytes() {
        return length;
    }

    @Override
    public int read(ByteBuffer target) throws StoreException {
        cancellation.check();
        if (next == end) {
            return -1;
        }
        while (!buffered.hasRemaining()) {
            fill();
        }
        int count = Math.min(buffered.remaining(), target.remaining());
        target.put(buffered.slice(buffered.position(), count));
        buffered.position(buffered.position() + count);
        next += count;
        return count;
    }

    private void fill() throws StoreException {
        int wanted = (int) Math.min(most, end - next);
        Filled filled = S3Calls.interruptibly("read " + key + " from " + location, cancellation, () -> fill(wanted));
        if (filled.count > 0) {
            failures = 0;
            most = Math.min(2 * most, BUFFER_BYTES);
            buffered = ByteBuffer.wrap(buffer, 0, filled.count);
        } else {
            resume(filled.failure.orElseGet(() -> new IOException("the transfer ended early")));
        }
    }

    /** What came before a failure counts; the failure shows again with the next look. */
    private record Filled(int count, Optional<IOException> failure) {}

    private Filled fill(int wanted) {
        int count = 0;
        try {
            for (int got = 0; got >= 0 && count < wanted; count += Math.max(got, 0)) {
                got = stream.read(buffer, count, wanted - count);
            }
            return new Filled(count, Optional.empty());
        } catch (IOException e) {
            return new Filled(count, Optional.of(e));
        } catch (SdkException e) {
            return new Filled(count, Optional.of(new IOException(e.getMessage(), e)));
        }
    }

    private void resume(IOException why) throws StoreException {
        cancellation.check();
        stream.abort();
        failures++;
        String doing = "read " + key + " from " + location;
        if (failures >= calls.patience().attempts()) {
            throw new StoreException(
                    StoreException.Code.UNAVAILABLE,
                    "Could not " + doing + ": the transfer broke off " + failures + " times, last with " + (end - next)
                            + " of " + length + " bytes to come: " + FileErrors.text(why) + ".",
                    why);
        }
        LOG.debug("A transfer goes on key={} at={} after={}", key, next, why.toString());
        calls.pause(failures, cancellation);
        GetObjectRequest request = GetObjectRequest.builder()
                .bucket(location.bucket())
                .key(location.full(key))
                .ifMatch(info.version())
                .range("bytes=" + next + "-" + (end - 1))
                .build();
        stream = calls.call(doing, cancellation, () -> client.getObject(request));
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            // What is left unread is not worth waiting for; only a stream at its end gives its connection back.
            if (next == end) {
                closeStream();
            } else {
                stream.abort();
            }
        }
    }

    private void closeStream() {
        try {
            stream.close();
        } catch (IOException e) {
            LOG.debug("A connection could not be given back key={}", key, e);
        }
    }
}
