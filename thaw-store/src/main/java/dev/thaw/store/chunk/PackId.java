package dev.thaw.store.chunk;

import dev.thaw.store.object.StoreException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a pack: the epoch of the key that it is encrypted under, and 128 random bits, which tell nothing about
 * what is in it.
 */
public record PackId(int epoch, long high, long low) {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Pattern TEXT = Pattern.compile("([0-9a-f]{8})-([0-9a-f]{16})([0-9a-f]{16})");

    public static PackId random(int epoch) {
        return new PackId(epoch, RANDOM.nextLong(), RANDOM.nextLong());
    }

    /** @throws StoreException CORRUPT when {@code text} is not the name of a pack */
    public static PackId parse(String text) throws StoreException {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new StoreException(StoreException.Code.CORRUPT, "Not the name of a pack: '" + text + "'.");
        }
        return new PackId(
                HexFormat.fromHexDigits(matcher.group(1)),
                HexFormat.fromHexDigitsToLong(matcher.group(2)),
                HexFormat.fromHexDigitsToLong(matcher.group(3)));
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(epoch) + "-" + hex.toHexDigits(high) + hex.toHexDigits(low);
    }
}
