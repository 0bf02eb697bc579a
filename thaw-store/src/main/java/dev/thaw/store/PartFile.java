package dev.thaw.store;

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
    public static Part describe(PartKind kind, Path file, Cancellation cancellation) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(kind, in, BlockSink.none(), cancellation);
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
            return create(source.kind(), target, in.size(), out -> {
                Part part = read(source.kind(), in, BlockSink.into(out), cancellation);
                source.require(part);
                return part;
            });
        }
    }

    /** What is stored of a file that {@code part} describes. Ends in CORRUPT when the file has changed since. */
    static Body body(Part part, Path file) {
        return new Body() {
            @Override
            public long lengthBytes() {
                return part.storedBytes();
            }

            @Override
            public ReadableByteChannel open() throws IOException {
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                boolean sparse = part.kind().form() == PartForm.SPARSE;
                return new VerifiedChannel(part, sparse ? new SparseReader(channel, channel.size()) : channel);
            }
        };
    }

    /**
     * Writes what is stored of {@code part} into a new file. On any failure the file is gone again.
     *
     * @throws StoreException CORRUPT when {@code stored} is not what {@code part} says
     */
    static void write(Part part, ReadableByteChannel stored, Path target, Cancellation cancellation)
            throws IOException {
        create(part.kind(), target, part.sizeBytes(), out -> {
            VerifiedChannel verified = new VerifiedChannel(part, stored);
            if (part.kind().form() == PartForm.SPARSE) {
                SparseDecoder decoder = new SparseDecoder(BlockSink.into(out), part.sizeBytes());
                forEachPiece(verified, (offset, piece) -> decoder.accept(piece), cancellation);
                decoder.finish();
            } else {
                forEachPiece(verified, BlockSink.into(out), cancellation);
            }
            return part;
        });
    }

    private static Part read(PartKind kind, FileChannel in, BlockSink sink, Cancellation cancellation)
            throws IOException {
        return kind.form() == PartForm.SPARSE
                ? readSparse(in, sink, cancellation)
                : readPlain(kind, in, sink, cancellation);
    }

    private static Part readSparse(FileChannel in, BlockSink sink, Cancellation cancellation) throws IOException {
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
        return hasher.finish();
    }

    private static Part readPlain(PartKind kind, FileChannel in, BlockSink sink, Cancellation cancellation)
            throws IOException {
        MessageDigest hasher = Digest.hasher();
        long size = forEachPiece(
                in,
                (offset, piece) -> {
                    hasher.update(piece.duplicate());
                    sink.accept(offset, piece);
                },
                cancellation);
        return new Part(kind, Digest.of(hasher), size, size);
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
        Part into(FileChannel file) throws IOException;
    }

    /** Makes a new file, lets it be written, and takes it away again when that fails. */
    private static Part create(PartKind kind, Path target, long sizeBytes, Writing writing) throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        boolean done = false;
        try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
            if (kind.form() == PartForm.SPARSE) {
                file.setLength(sizeBytes); // all holes; what is zero stays one
            }
            Part part = writing.into(file.getChannel());
            done = true;
            return part;
        } finally {
            if (!done) {
                Files.deleteIfExists(target);
            }
        }
    }
}
