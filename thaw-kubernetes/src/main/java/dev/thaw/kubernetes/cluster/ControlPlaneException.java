package dev.thaw.kubernetes.cluster;

import org.jspecify.annotations.Nullable;

/** The control plane could not be had, started or ended; the message says what to do. */
public final class ControlPlaneException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ControlPlaneException(String message) {
        this(message, null);
    }

    ControlPlaneException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
