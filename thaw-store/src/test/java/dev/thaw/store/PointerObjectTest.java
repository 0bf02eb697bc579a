package dev.thaw.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStoreContract;
import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PointerObjectTest {
    private static final byte[] SEALED = "thawsd1\n and what follows".getBytes(UTF_8);
    private static final int HEADER_BYTES = 12;

    private final MemoryObjectStore objects = new MemoryObjectStore(Clock.systemUTC());

    private ObjectReader reader(byte[] object) throws StoreException {
        objects.put("key", Body.of(object), Condition.always(), Cancellation.never());
        return objects.get("key", ByteRange.all(), Cancellation.never());
    }

    private void assertCorrupt(byte[] object) throws StoreException {
        try (ObjectReader reader = reader(object)) {
            ObjectStoreContract.assertCode(Code.CORRUPT, () -> PointerObject.read(reader));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, PointerObject.MAX_HEAD_BYTES})
    void comesBackAsItWas(int headBytes) throws Exception {
        byte[] head = new byte[headBytes];
        new Random(headBytes).nextBytes(head);
        try (ObjectReader reader = reader(PointerObject.encode(SEALED, head))) {
            PointerObject read = PointerObject.read(reader);
            assertThat(read.sealed()).isEqualTo(SEALED);
            assertThat(read.headBytes()).isEqualTo(headBytes);
            HotHead behind = new HotHead(read.headBytes());
            behind.read(reader);
            assertThat(behind.whole()).isEqualTo(head);
        }
    }

    @Test
    void withoutAHeadItIsTheSealedDocumentAsItAlwaysWas() {
        assertThat(PointerObject.encode(SEALED, new byte[0])).isEqualTo(SEALED);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 11})
    void whatIsShorterThanAHeaderIsLeftToWhoOpensDocuments(int bytes) throws Exception {
        byte[] cut = Arrays.copyOf(PointerObject.encode(SEALED, new byte[10]), bytes);
        try (ObjectReader reader = reader(cut)) {
            assertThat(PointerObject.read(reader).sealed()).isEqualTo(cut);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 36, Integer.MAX_VALUE})
    void aDocumentThatIsNotWithinTheObjectIsRefused(int length) throws Exception {
        byte[] object = PointerObject.encode(SEALED, new byte[10]);
        assertThat(object).hasSize(HEADER_BYTES + SEALED.length + 10).hasSize(47);
        ByteBuffer.wrap(object).putInt(Long.BYTES, length);
        assertCorrupt(object);
    }

    @Test
    void whatIsTooLongIsRefusedBeforeItIsRead() throws Exception {
        byte[] head = Arrays.copyOf(
                PointerObject.encode(SEALED, new byte[1]),
                HEADER_BYTES + SEALED.length + PointerObject.MAX_HEAD_BYTES + 1);
        assertCorrupt(head);
        assertCorrupt(new byte[1 << 20]); // a document without a head
        byte[] document = new byte[1 << 20];
        System.arraycopy(PointerObject.encode(SEALED, new byte[1]), 0, document, 0, Long.BYTES);
        ByteBuffer.wrap(document).putInt(Long.BYTES, document.length - HEADER_BYTES);
        assertCorrupt(document);
        assertThatThrownBy(() -> PointerObject.encode(SEALED, new byte[PointerObject.MAX_HEAD_BYTES + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theHeadIsAsMuchOfTheCompanionAsFits() {
        assertThat(PointerObject.headOf(new byte[] {1, 2, 3})).containsExactly(1, 2, 3);
        assertThat(PointerObject.headOf(new byte[PointerObject.MAX_HEAD_BYTES + 5]))
                .hasSize(PointerObject.MAX_HEAD_BYTES);
    }
}
