package dev.thaw.image;

import dev.thaw.store.object.Digest;
import java.nio.file.Path;
import java.util.Optional;

/** Where a user says an image is. */
public sealed interface ImageReference {
    /**
     * An image in a registry: {@code registry[:port]/repository[:tag][@digest]}.
     *
     * @param tag {@code latest} when neither tag nor digest is named; what the tag leads to is ignored when there is a
     *     digest
     */
    record Registry(String host, String repository, String tag, Optional<Digest> digest) implements ImageReference {
        @Override
        public String toString() {
            return host + "/" + repository + ":" + tag
                    + digest.map(it -> "@" + it).orElse("");
        }
    }

    /** An OCI image layout in a directory: {@code oci:DIR[:TAG]}. */
    record Layout(Path directory, Optional<String> tag) implements ImageReference {
        @Override
        public String toString() {
            return "oci:" + directory + tag.map(it -> ":" + it).orElse("");
        }
    }

    /** What {@code docker save} writes: {@code docker-archive:FILE}. */
    record DockerArchive(Path file) implements ImageReference {
        @Override
        public String toString() {
            return "docker-archive:" + file;
        }
    }

    /** One of Thaw's own samples: {@code sample:NAME}. */
    record Sample(String name) implements ImageReference {
        @Override
        public String toString() {
            return "sample:" + name;
        }
    }

    /** @throws IllegalArgumentException with a text for the user when {@code text} is no reference */
    static ImageReference parse(String text) {
        return ReferenceParser.parse(text);
    }
}
