package dev.thaw.gateway.function;

import java.util.List;
import java.util.Locale;

/** Signals by name, as images name them; Linux's numbers. */
final class StopSignal {
    private static final List<String> NAMES = List.of(
            "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
            "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM",
            "PROF", "WINCH", "IO", "PWR", "SYS");

    private StopSignal() {}

    /** @throws IllegalArgumentException with a text for the user */
    static int parse(String text) {
        String name = text.strip().toUpperCase(Locale.ROOT);
        if (name.isEmpty()) {
            return NAMES.indexOf("TERM");
        }
        if (name.chars().allMatch(Character::isDigit) && name.length() <= 2) {
            int number = Integer.parseInt(name);
            if (number >= 1 && number <= 64) {
                return number;
            }
        }
        String bare = name.startsWith("SIG") ? name.substring(3) : name;
        if (bare.startsWith("RTMIN+")
                && bare.length() <= 8
                && bare.substring(6).chars().allMatch(Character::isDigit)
                && bare.length() > 6) {
            int number = 34 + Integer.parseInt(bare.substring(6));
            if (number <= 64) {
                return number;
            }
        }
        int number = NAMES.indexOf(bare);
        if (number < 1) {
            throw new IllegalArgumentException("The image's stop signal is unknown: '" + text + "'.");
        }
        return number;
    }
}
