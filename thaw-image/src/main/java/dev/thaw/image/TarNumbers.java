package dev.thaw.image;

/** The number fields of tar headers: octal text, or GNU's base-256 for what does not fit. */
final class TarNumbers {
    private TarNumbers() {}

    static long parse(byte[] block, int offset, int length) throws ImageException {
        if ((block[offset] & 0x80) != 0) {
            return binary(block, offset, length);
        }
        int at = offset;
        int end = offset + length;
        while (at < end && (block[at] == ' ' || block[at] == 0)) {
            at++;
        }
        long value = 0;
        while (at < end && block[at] != ' ' && block[at] != 0) {
            int digit = block[at++] - '0';
            if (digit < 0 || digit > 7 || value > Long.MAX_VALUE >> 3) {
                throw ImageException.malformed("An archive's header has a number that is none. Build the image anew.");
            }
            value = value << 3 | digit;
        }
        return value;
    }

    /** Big-endian two's complement, whose first bit is the mark and the second the sign. */
    private static long binary(byte[] block, int offset, int length) throws ImageException {
        long value = (block[offset] & 0x40) != 0 ? block[offset] : block[offset] & 0x3F;
        for (int i = 1; i < length; i++) {
            if (value > Long.MAX_VALUE >> 8 || value < Long.MIN_VALUE >> 8) {
                throw ImageException.malformed(
                        "An archive's header has a number beyond 64 bits. Build the image anew.");
            }
            value = value << 8 | block[offset + i] & 0xFF;
        }
        return value;
    }

    static long decimal(String text, String what) throws ImageException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new ImageException(
                    ImageException.Kind.MALFORMED,
                    "An archive's pax header has a " + what + " that is no number: '" + text
                            + "'. Build the image anew.",
                    e);
        }
    }

    /** Whether the block's checksum, over unsigned bytes or as some old writers did over signed ones, is right. */
    static boolean checksumHolds(byte[] block) {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < block.length; i++) {
            byte value = i >= 148 && i < 156 ? (byte) ' ' : block[i];
            unsigned += value & 0xFF;
            signed += value;
        }
        try {
            long stored = parse(block, 148, 8);
            return stored == unsigned || stored == signed;
        } catch (ImageException e) {
            // A block whose checksum is no number is no header.
            return false;
        }
    }
}
