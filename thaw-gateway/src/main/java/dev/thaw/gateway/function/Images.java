package dev.thaw.gateway.function;

import java.io.IOException;
import java.util.function.Consumer;

/** Makes images ready. */
@FunctionalInterface
public interface Images {
    /**
     * Finds the image, fetches what is missing and flattens it; at once when that was done before.
     *
     * @param reference as the user wrote it
     * @param progress told in words, now and then
     * @throws IllegalArgumentException when it is no reference, with a text for the user
     * @throws IOException when the image cannot be had or is wrong, with a text for the user
     */
    ResolvedImage resolve(String reference, Consumer<String> progress) throws IOException;
}
