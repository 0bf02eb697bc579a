package dev.thaw.image;

import java.io.IOException;

/** An answer of a registry that is none; whether to try again depends on its status. */
final class RegistryFailure extends IOException {
    private static final long serialVersionUID = 1;

    private final int status;

    RegistryFailure(int status, String message) {
        super(message);
        this.status = status;
    }

    boolean isPassing() {
        return status == 408 || status == 429 || status >= 500;
    }
}
