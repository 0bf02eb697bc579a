package dev.thaw.store;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes as users write it: {@code 256MiB}, {@code 10GiB}, {@code 4096}. Binary units only. */
public record DataSize(long bytes) implements Comparable<DataSize> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18})\\s*(B|KiB|MiB|GiB|TiB)?");
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("A size is negative: " + bytes);
        }
    }

    public static DataSize ofMebibytes(long mebibytes) {
        return new DataSize(Math.multiplyExact(mebibytes, 1L << 20));
    }

    public static DataSize ofGibibytes(long gibibytes) {
        return new DataSize(Math.multiplyExact(gibibytes, 1L << 30));
    }

    /** @throws IllegalArgumentException with a text for the user when {@code text} is not a size */
    public static DataSize parse(String text) {
        Matcher matcher = FORM.matcher(text.trim());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "Not a size: '" + text + "'. Write a number and a unit, as in 256MiB or 10GiB.");
        }
        String unit = matcher.group(2);
        int shift = 0;
        for (int i = 0; unit != null && i < UNITS.length; i++) {
            if (UNITS[i].equals(unit)) {
                shift = 10 * i;
            }
        }
        try {
            return new DataSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("A size is too large: '" + text + "'.", e);
        }
    }

    /** The shortest exact form for round sizes, one decimal for others: {@code 256MiB}, {@code 1.5GiB}, {@code 12B}. */
    @Override
    public String toString() {
        int unit = 0;
        while (unit < UNITS.length - 1 && bytes >= 1L << (10 * (unit + 1))) {
            unit++;
        }
        long divisor = 1L << (10 * unit);
        return bytes % divisor == 0
                ? bytes / divisor + UNITS[unit]
                : String.format(Locale.ROOT, "%.1f%s", (double) bytes / divisor, UNITS[unit]);
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }
}
