package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Gives decoders what nobody wrote. */
public final class Fuzz {
    private static final Set<Code> ALLOWED = EnumSet.of(Code.CORRUPT, Code.UNSUPPORTED);

    /** Something that decodes. */
    @FunctionalInterface
    public interface Decoder {
        void decode(byte[] bytes) throws StoreException;
    }

    private final Random random;
    private int refused;

    public Fuzz() {
        long seed = Long.getLong("thaw.seed", new Random().nextInt(1_000_000));
        System.out.println("thaw.seed=" + seed);
        this.random = new Random(seed);
    }

    /** Right bytes, wrong in many ways; none may end in anything but success or an error that tells. */
    public void run(byte[] right, int rounds, Decoder decoder) {
        tryAll(right, rounds, decoder, this::mutated);
        assertThat(refused).as("how many were refused").isGreaterThan(rounds / 4);
    }

    /** Bytes of no meaning. */
    public void noise(int rounds, Decoder decoder) {
        tryAll(new byte[0], rounds, decoder, _ -> bytes(random.nextInt(300)));
    }

    private void tryAll(byte[] right, int rounds, Decoder decoder, UnaryOperator<byte[]> mutation) {
        refused = 0;
        for (int round = 0; round < rounds; round++) {
            byte[] wrong = mutation.apply(right);
            try {
                decoder.decode(wrong);
            } catch (StoreException e) {
                refused++;
                assertThat(ALLOWED).as(hex(wrong)).contains(e.code());
                assertThat(e).as(hex(wrong)).hasMessageMatching("(?s).{10,1000}");
            } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
                throw new AssertionError(hex(wrong), e);
            }
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 2000));
    }

    private byte[] mutated(byte[] right) {
        byte[] wrong = right.clone();
        for (int count = 1 + random.nextInt(3); count > 0 && wrong.length > 0; count--) {
            wrong = mutatedOnce(wrong);
        }
        return wrong;
    }

    private byte[] mutatedOnce(byte[] bytes) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(7)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 3 -> {
                return Arrays.copyOf(bytes, bytes.length + random.nextInt(40));
            }
            case 4 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(9)), (byte) 0xff);
            case 5 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(9)), (byte) 0);
            default -> {
                return inserted(bytes, at, bytes(1 + random.nextInt(9)));
            }
        }
        return bytes;
    }

    private static byte[] inserted(byte[] bytes, int at, byte[] more) {
        byte[] result = Arrays.copyOf(bytes, bytes.length + more.length);
        System.arraycopy(more, 0, result, at, more.length);
        System.arraycopy(bytes, at, result, at + more.length, bytes.length - at);
        return result;
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
