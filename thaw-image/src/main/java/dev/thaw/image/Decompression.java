package dev.thaw.image;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** The compressions of layers and archives, told by what the bytes say, because media types and names are often wrong. */
final class Decompression {
    private Decompression() {}

    /** The plain bytes behind {@code raw}. */
    static InputStream of(InputStream raw) throws IOException {
        BufferedInputStream in = new BufferedInputStream(new NeverIdle(raw), 128 << 10);
        in.mark(6);
        byte[] magic = in.readNBytes(6);
        in.reset();
        if (starts(magic, 0x1F, 0x8B)) {
            return new Unpacked(open(in));
        }
        if (starts(magic, 0x28, 0xB5, 0x2F, 0xFD)) {
            return new Unpacked(new ZstdInputStreamNoFinalizer(in));
        }
        if (starts(magic, 'B', 'Z', 'h') || starts(magic, 0xFD, '7', 'z', 'X', 'Z')) {
            throw new ImageException(
                    ImageException.Kind.UNSUPPORTED,
                    "A layer is compressed with bzip2 or xz. Layers may be plain, gzip or zstd: build the image anew.");
        }
        return in;
    }

    private static InputStream open(InputStream in) throws IOException {
        try {
            return new GZIPInputStream(in, 64 << 10);
        } catch (ImageException e) {
            throw e;
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** The file itself when it is plain, else its plain form in {@code scratch}. */
    static Path plain(Path file, Path scratch, long limit) throws IOException {
        try (InputStream raw = Files.newInputStream(file);
                InputStream plain = of(raw)) {
            if (!(plain instanceof Unpacked)) {
                return file;
            }
            try (OutputStream out = Files.newOutputStream(scratch)) {
                byte[] part = new byte[128 << 10];
                long total = 0;
                for (int read = plain.read(part); read >= 0; read = plain.read(part)) {
                    total += read;
                    if (total > limit) {
                        throw ImageException.tooLarge(
                                "The archive " + file + " expands to more than " + limit + " bytes.");
                    }
                    out.write(part, 0, read);
                }
            }
            return scratch;
        }
    }

    private static boolean starts(byte[] bytes, int... magic) {
        for (int i = 0; i < magic.length; i++) {
            if (i >= bytes.length || (bytes[i] & 0xFF) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    private static ImageException broken(IOException e) {
        return new ImageException(
                ImageException.Kind.CORRUPT,
                "A layer cannot be decompressed: " + e.getMessage() + ". Fetch or build the image anew.",
                e);
    }

    /** Says that more may come: a gzip reader looks for further members only then. */
    private static final class NeverIdle extends FilterInputStream {
        NeverIdle(InputStream in) {
            super(in);
        }

        @Override
        public int available() {
            return 1;
        }
    }

    /** A decompressor whose complaints say what they are about. */
    private static final class Unpacked extends FilterInputStream {
        Unpacked(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            try {
                return in.read(to, offset, length);
            } catch (ImageException e) {
                throw e;
            } catch (IOException e) {
                throw broken(e);
            }
        }
    }
}
