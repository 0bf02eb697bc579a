package dev.thaw.store.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.key.DataKey;
import java.security.SecureRandom;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdentityMemoTest {
    private static final int ENTRIES = 1 << 12;

    private final long seed = Long.getLong("thaw.seed", System.nanoTime());
    private final Random random = new Random(seed);

    /** What the fingerprint of a number's block might be, and its identity. */
    private static long mixed(long number, long salt) {
        long mixed = (number + salt) * 0x9e3779b97f4a7c15L;
        return (mixed ^ mixed >>> 29) * 0xbf58476d1ce4e5b9L;
    }

    @Test
    void remembersAllWhileThereIsRoom() {
        IdentityMemo memo = new IdentityMemo(ENTRIES);
        for (int i = 1; i <= ENTRIES / 8; i++) {
            assertThat(memo.find(mixed(i, 0), mixed(i, 1))).isNull();
            memo.remember(mixed(i, 0), mixed(i, 1), new BlockId(i, -i));
        }
        for (int i = 1; i <= ENTRIES / 8; i++) {
            assertThat(memo.find(mixed(i, 0), mixed(i, 1))).isEqualTo(new BlockId(i, -i));
        }
    }

    @Test
    void forgetsButNeverTakesOneForAnother() {
        IdentityMemo memo = new IdentityMemo(ENTRIES);
        for (int i = 1; i <= 8 * ENTRIES; i++) {
            memo.remember(mixed(i, 0), mixed(i, 1), new BlockId(i, -i));
            assertThat(memo.find(mixed(i, 0), mixed(i, 1))).isEqualTo(new BlockId(i, -i));
        }
        int remembered = 0;
        for (int i = 1; i <= 8 * ENTRIES; i++) {
            BlockId found = memo.find(mixed(i, 0), mixed(i, 1));
            if (found != null) {
                assertThat(found).isEqualTo(new BlockId(i, -i));
                remembered++;
            }
        }
        assertThat(remembered).isBetween(ENTRIES / 2, ENTRIES);
    }

    @Test
    void aFingerprintOfZerosIsNotRemembered() {
        IdentityMemo memo = new IdentityMemo(ENTRIES);
        memo.remember(0, 0, new BlockId(1, 2));
        assertThat(memo.find(0, 0)).isNull();
    }

    @Test
    void identitiesAreThoseOfTheKeyedHash() {
        IdentityMemo memo = new IdentityMemo(ENTRIES);
        DataKey one = key();
        DataKey other = key();
        RememberingIdentifier first = remembering(one, memo);
        RememberingIdentifier second = remembering(other, memo);
        byte[] bytes = new byte[40 * Blocks.BYTES];
        random.nextBytes(bytes);
        for (int i = 0; i < 2_000; i++) {
            int offset = random.nextInt(39) * Blocks.BYTES;
            int length = i % 5 == 0 ? 1 + random.nextInt(Blocks.BYTES - 1) : Blocks.BYTES;
            if (i % 7 == 0) {
                bytes[offset + random.nextInt(length)]++;
            }
            assertThat(first.block(bytes, offset, length))
                    .as("seed %d", seed)
                    .isEqualTo(new Identifier(one).block(bytes, offset, length));
            assertThat(second.block(bytes, offset, length))
                    .as("seed %d", seed)
                    .isEqualTo(new Identifier(other).block(bytes, offset, length));
        }
    }

    private DataKey key() {
        byte[] bytes = new byte[DataKey.BYTES];
        random.nextBytes(bytes);
        return new DataKey(1, bytes);
    }

    private static RememberingIdentifier remembering(DataKey key, IdentityMemo memo) {
        return new RememberingIdentifier(new Identifier(key), memo, new BlockFingerprint(new SecureRandom()));
    }
}
