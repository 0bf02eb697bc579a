package dev.thaw.image;

import dev.thaw.image.ImageSource.Image;
import dev.thaw.image.ProgressListener.Progress;
import dev.thaw.image.ProgressListener.Stage;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** Makes one file system of an image's layers. */
final class Flattener {
    private final ImageLimits limits;

    Flattener(ImageLimits limits) {
        this.limits = limits;
    }

    /**
     * @param work a directory for temporary files
     * @param file the file system, made anew; what is there after a failure is the caller's to remove
     */
    ErofsWriter.Written flatten(ImageSource source, Image image, Path work, Path file, ProgressListener listener)
            throws IOException {
        FileTree tree = new FileTree();
        try (Spool spool = new Spool(work.resolve("spool"))) {
            LayerApplier applier = new LayerApplier(tree, spool, limits);
            long total = image.layerBytes();
            long done = 0;
            long expanded = 0;
            for (Layer layer : image.layers()) {
                long before = done;
                InputStream raw = new Watched(
                        source.open(layer),
                        read -> listener.onProgress(new Progress(Stage.UNPACK, before + read, total)));
                try (LayerStream stream = new LayerStream(layer, raw, limits.expandedBytes() - expanded)) {
                    applier.apply(new TarReader(stream.archive()));
                    stream.verify();
                    expanded += stream.expandedBytes();
                }
                done += layer.size();
            }
            listener.onProgress(new Progress(Stage.WRITE, 0, 0));
            return ErofsWriter.write(tree, spool, image.identity(), file);
        }
    }

    /** Tells how far a stream was read, now and then. Ends the work of a thread that was interrupted. */
    private static final class Watched extends FilterInputStream {
        private static final long STEP = 1 << 20;

        private interface Meter {
            void at(long bytes);
        }

        private final Meter meter;
        private long read;
        private long told;

        Watched(InputStream in, Meter meter) {
            super(in);
            this.meter = meter;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int count = in.read(to, offset, length);
            read += Math.max(count, 0);
            if (count < 0 || read - told >= STEP) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new ImageException(ImageException.Kind.STORAGE, "Reading the image was cancelled.");
                }
                told = read;
                meter.at(read);
            }
            return count;
        }
    }
}
