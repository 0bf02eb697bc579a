package dev.thaw.store.object;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Opens stores by the URL that a user writes. */
public final class ObjectStores {
    private ObjectStores() {}

    /**
     * @param url {@code file:DIR}, absolute or relative to the working directory; or {@code s3://BUCKET/PREFIX} with
     *     credentials, region and endpoint from the environment
     * @throws StoreException INVALID when the URL is not understood; DENIED when the place cannot be used
     */
    public static ObjectStore open(String url) throws StoreException {
        int colon = url.indexOf(':');
        String scheme = colon < 0 ? "" : url.substring(0, colon);
        return switch (scheme) {
            case "file" -> openFile(url, url.substring(colon + 1));
            case "s3" -> S3ObjectStore.open(url, System.getenv());
            default -> throw wrong(url, "A store is file:DIR or s3://BUCKET/PREFIX.");
        };
    }

    private static ObjectStore openFile(String url, String path) throws StoreException {
        // file:///DIR is what a URL library writes for file:/DIR.
        String directory = path.startsWith("//") ? path.substring(2) : path;
        if (directory.isEmpty() || (path.startsWith("//") && !directory.startsWith("/"))) {
            throw wrong(url, "Write the directory behind file:, as in file:/var/lib/thaw/store.");
        }
        try {
            return FileObjectStore.open(Path.of(directory), FileObjectStore.Durability.POWER_CUT);
        } catch (InvalidPathException e) {
            throw wrong(url, "That is not a path: " + e.getReason() + ".");
        }
    }

    private static StoreException wrong(String url, String help) {
        return new StoreException(StoreException.Code.INVALID, "Not a store: '" + url + "'. " + help);
    }
}
