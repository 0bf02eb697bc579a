package dev.thaw.load.plan;

/** A configuration cannot be used. The message names the file, the place, the key and what to write instead. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ConfigException(String message) {
        super(message);
    }

    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
