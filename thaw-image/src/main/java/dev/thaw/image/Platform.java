package dev.thaw.image;

import java.util.Locale;

/** The operating system and processor an image is for, in the words of the OCI specification (those of Go). */
record Platform(String os, String architecture) {
    /** This host's, for a Linux guest. */
    static Platform host() {
        String name = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String architecture = switch (name) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> name;
        };
        return new Platform("linux", architecture);
    }

    @Override
    public String toString() {
        return os + "/" + architecture;
    }
}
