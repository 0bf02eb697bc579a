package dev.thaw.store;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Parts as files on this node: reading, copying, describing. One pass each, in constant memory. Failures of the disk
 * are plain {@link IOException}s; what is wrong with the bytes is a {@code CORRUPT} {@link StoreException}.
 */
public final class PartFile {
    private static final int BUFFER_BYTES = 1 << 20;

    private PartFile() {}

    /** Reads a file wholly: its digest and sizes as a part. */
    public static Part describe(PartKind kind, String trustDomain, Path file, Cancellation cancellation)
            throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(kind, trustDomain, in, BlockSink.none(), cancellation);
        }
    }

    /**
     * Copies a part into a new file, holes left as holes, and describes it on the way. On any failure the new file is
     * gone again.
     *
     * @throws StoreException CORRUPT when the source knows its digest and the bytes have another; CANCELLED
     */
    public static Part copy(PartSource source, Path target, Cancellation cancellation) throws IOException {
        try (FileChannel in = FileChannel.open(source.file(), StandardOpenOption.READ)) {
            Part[] part = new Part[1];
            create(target, out -> {
                if (source.kind().form() == PartForm.SPARSE) {
                    out.setLength(in.size()); // all holes; what is zero stays one
                }
                part[0] = read(source.kind(), source.trustDomain(), in, BlockSink.into(out.getChannel()), cancellation);
                source.require(part[0]);
            });
            return part[0];
        }
    }

    /** Writes into a part's new file, in any order. */
    interface Filling {
        void fill(FileChannel file) throws IOException;
    }

    /** Makes a file of {@code sizeBytes} zeros, for memory all holes, and lets it be filled. On any failure it is gone again. */
    static void write(PartKind kind, long sizeBytes, Path target, Filling filling) throws IOException {
        create(target, file -> {
            file.setLength(sizeBytes);
            filling.fill(file.getChannel());
        });
    }

    private static Part read(
            PartKind kind, String trustDomain, FileChannel in, BlockSink sink, Cancellation cancellation)
            throws IOException {
        return kind.form() == PartForm.SPARSE
                ? readSparse(trustDomain, in, sink, cancellation)
                : readPlain(kind, trustDomain, in, sink, cancellation);
    }

    private static Part readSparse(String trustDomain, FileChannel in, BlockSink sink, Cancellation cancellation)
            throws IOException {
        long size = in.size();
        SparseHasher hasher = new SparseHasher(size);
        try (SparseScan scan = new SparseScan(in, size)) {
            BlockSink both = (offset, data) -> {
                hasher.run(offset, data);
                sink.accept(offset, data);
            };
            while (scan.nextWindow(both)) {
                cancellation.check();
            }
        }
        return hasher.finish(trustDomain);
    }

    private static Part readPlain(
            PartKind kind, String trustDomain, FileChannel in, BlockSink sink, Cancellation cancellation)
            throws IOException {
        MessageDigest hasher = Digest.hasher();
        long size = forEachPiece(
                in,
                (offset, piece) -> {
                    hasher.update(piece.duplicate());
                    sink.accept(offset, piece);
                },
                cancellation);
        return new Part(kind, trustDomain, Digest.of(hasher), size, size);
    }

    /** Gives all that {@code in} has, and returns how much it was. */
    private static long forEachPiece(ReadableByteChannel in, BlockSink sink, Cancellation cancellation)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer buffer = arena.allocate(BUFFER_BYTES).asByteBuffer();
            long offset = 0;
            while (in.read(buffer.clear()) >= 0) {
                cancellation.check();
                int count = buffer.flip().remaining();
                sink.accept(offset, buffer);
                offset += count;
            }
            return offset;
        }
    }

    private interface Writing {
        void into(RandomAccessFile file) throws IOException;
    }

    /** Makes a new file, lets it be written, and takes it away again when that fails. */
    private static void create(Path target, Writing writing) throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        boolean done = false;
        try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
            writing.into(file);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(target);
            }
        }
    }
}
