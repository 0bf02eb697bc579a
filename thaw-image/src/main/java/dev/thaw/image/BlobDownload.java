package dev.thaw.image;

import dev.thaw.image.ProgressListener.Progress;
import dev.thaw.image.ProgressListener.Stage;
import dev.thaw.store.object.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;

/** Fetches one blob into a file: goes on behind what is there already, verifies the whole. */
final class BlobDownload {
    private static final int PART_BYTES = 128 << 10;
    private static final long STEP = 1 << 20;

    private final RegistryClient client;
    private final Retries retries;
    private final String host;
    private final String repository;

    BlobDownload(RegistryClient client, Retries retries, String host, String repository) {
        this.client = client;
        this.retries = retries;
        this.host = host;
        this.repository = repository;
    }

    void fetch(Digest digest, long size, Path file, ProgressListener listener)
            throws IOException, InterruptedException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            retries.run("the blob " + digest.brief() + " of " + host + "/" + repository, () -> {
                attempt(digest, size, channel, listener);
                return Boolean.TRUE;
            });
            verify(digest, channel);
        }
    }

    private void attempt(Digest digest, long size, FileChannel file, ProgressListener listener)
            throws IOException, InterruptedException {
        if (file.size() >= size) {
            // More than there should be is none of ours; exactly as much is what the last attempt completed.
            if (file.size() == size) {
                return;
            }
            file.truncate(0);
        }
        long from = file.size();
        HttpResponse<InputStream> response = client.get(host, repository, "blobs/" + digest, List.of(), from);
        try (InputStream in = response.body()) {
            if (response.statusCode() == 416) {
                file.truncate(0);
                throw new IOException("the registry does not know the range that is missing");
            }
            long at = begin(response, from);
            if (at < 0) {
                file.truncate(0);
                throw new IOException("the registry sends another range than was asked for");
            }
            file.truncate(at);
            copy(in, file, at, size, listener);
        }
    }

    /** Where the answer begins: a registry may ignore the range. Negative when it begins elsewhere. */
    private static long begin(HttpResponse<InputStream> response, long from) {
        boolean goesOn = response.statusCode() == 206
                && response.headers().firstValue("Content-Range").orElse("").startsWith("bytes " + from + "-");
        return goesOn ? from : response.statusCode() == 206 ? -1 : 0;
    }

    private void copy(InputStream in, FileChannel file, long from, long size, ProgressListener listener)
            throws IOException {
        byte[] part = new byte[PART_BYTES];
        long at = from;
        long told = from;
        for (int read = in.read(part); read >= 0; read = in.read(part)) {
            if (at + read > size) {
                file.truncate(0);
                throw new ImageException(
                        ImageException.Kind.CORRUPT,
                        "The registry " + host + " sends more than the " + size + " bytes of a blob of " + repository
                                + ".");
            }
            ByteBuffer bytes = ByteBuffer.wrap(part, 0, read);
            while (bytes.hasRemaining()) {
                at += file.write(bytes, at);
            }
            if (at - told >= STEP) {
                told = at;
                listener.onProgress(new Progress(Stage.FETCH, at, size));
            }
        }
        if (at < size) {
            throw new EOFException("the transfer ended after " + at + " of " + size + " bytes");
        }
    }

    private void verify(Digest expected, FileChannel file) throws IOException {
        MessageDigest hasher = Digest.hasher();
        Channels.newInputStream(file.position(0))
                .transferTo(new DigestOutputStream(java.io.OutputStream.nullOutputStream(), hasher));
        Digest found = Digest.of(hasher);
        if (!found.equals(expected)) {
            file.truncate(0);
            throw new ImageException(
                    ImageException.Kind.CORRUPT,
                    "The registry " + host + " sends a blob with the digest " + found + " for " + expected + " of "
                            + repository + ". Push the image anew.");
        }
    }
}
