package dev.thaw.store.object;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What an {@link IOException} of the file system means; Java tells most kinds apart by their text only. */
public final class FileErrors {
    private FileErrors() {}

    /** The disk, or the user's quota of it, is full. */
    public static boolean isNoSpace(IOException e) {
        String text = text(e);
        return text.contains("No space left on device") || text.contains("Disk quota exceeded");
    }

    /** What the system said; never empty. */
    public static String text(IOException e) {
        if (e instanceof NoSuchFileException missing) {
            return "there is no " + missing.getFile();
        }
        if (e instanceof AccessDeniedException denied && denied.getReason() == null) {
            return "permission denied for " + denied.getFile();
        }
        String message = e.getMessage();
        return message == null || message.isEmpty() ? e.getClass().getSimpleName() : message;
    }

    /** @param doing what failed, as in "read a from b" */
    static StoreException storeException(String doing, IOException e) {
        return e instanceof StoreException already
                ? already
                : new StoreException(code(e), "Could not " + doing + ": " + text(e) + ".", e);
    }

    private static StoreException.Code code(IOException e) {
        if (e instanceof NoSuchFileException) {
            return StoreException.Code.NOT_FOUND;
        }
        if (isNoSpace(e)) {
            return StoreException.Code.NO_SPACE;
        }
        boolean refused = e instanceof AccessDeniedException
                || e instanceof NotDirectoryException
                || (e instanceof FileSystemException && text(e).contains("Read-only file system"));
        return refused ? StoreException.Code.DENIED : StoreException.Code.UNAVAILABLE;
    }
}
