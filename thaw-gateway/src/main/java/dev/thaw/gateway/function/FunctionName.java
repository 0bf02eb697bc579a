package dev.thaw.gateway.function;

import java.util.regex.Pattern;

/** Functions are named as DNS labels (RFC 1123), so that each can be a host's first label. */
public final class FunctionName {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    private FunctionName() {}

    /** @throws IllegalArgumentException with a text for the user */
    public static String check(String name) {
        if (!isLabel(name)) {
            throw new IllegalArgumentException("Not a function's name: '" + name
                    + "'. Use lower-case letters, digits and hyphens, 1 to 63, neither first nor last a hyphen.");
        }
        return name;
    }

    static boolean isLabel(String text) {
        return LABEL.matcher(text).matches();
    }
}
