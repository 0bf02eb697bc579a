package dev.thaw.cli;

import dev.thaw.store.key.KeyService;
import dev.thaw.store.key.WrappingKeys;
import dev.thaw.store.object.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Which keys open a store that is looked at without its daemon. */
final class StoreKeys {
    private static final String FILE_STORE = "file:";

    private StoreKeys() {}

    static KeyService find(Optional<Path> given, String url) throws StoreException {
        if (given.isPresent()) {
            return WrappingKeys.read(given.get());
        }
        String text = System.getenv().getOrDefault(WrappingKeys.VARIABLE, "");
        if (!text.isBlank()) {
            return WrappingKeys.parse(text, WrappingKeys.VARIABLE);
        }
        String variable = System.getenv().getOrDefault("THAW_KEYS", "");
        if (!variable.isBlank()) {
            return WrappingKeys.read(Path.of(variable));
        }
        if (url.startsWith(FILE_STORE)) {
            Path beside =
                    Path.of(url.substring(FILE_STORE.length())).toAbsolutePath().resolveSibling("keys");
            if (Files.exists(beside)) {
                return WrappingKeys.read(beside);
            }
        }
        throw new CommandFailure(
                "The store " + url
                        + " is encrypted. Say with --keys FILE where the keys of its daemons are; each has them in DATA/keys unless told otherwise.");
    }
}
