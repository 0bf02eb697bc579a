package dev.thaw.image;

import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A place that holds an image: its documents, verified, and its layers' bytes, which the reader verifies. */
interface ImageSource extends AutoCloseable {
    /**
     * @param digest the manifest's; for an archive without one, the configuration's
     * @param layers lowest first
     */
    record Image(Digest digest, ImageConfig config, List<Layer> layers) {
        long layerBytes() {
            return layers.stream().mapToLong(Layer::size).sum();
        }

        /** What the tree is made from: images of equal identity become equal file systems. */
        Digest identity() {
            return Digest.of(layers.stream()
                    .map(it -> it.diffId().toString())
                    .reduce("", (all, next) -> all + next + "\n")
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
    }

    /** Finds the image and reads its documents. */
    Image resolve() throws IOException;

    /** A layer's bytes as they are stored. May wait for them. */
    InputStream open(Layer layer) throws IOException;

    @Override
    void close() throws IOException;
}
