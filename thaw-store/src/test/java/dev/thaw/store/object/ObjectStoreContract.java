package dev.thaw.store.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.object.StoreException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every {@link ObjectStore} must do. One subclass per kind of store gives {@link #store}, empty and new. */
public abstract class ObjectStoreContract {
    private static final Cancellation NEVER = Cancellation.never();

    /** An empty store, the same one within a test. */
    abstract ObjectStore store() throws Exception;

    @Test
    void givesBackWhatWasPut() throws Exception {
        String version = put("a/b.json", "hello");
        assertThat(text("a/b.json")).isEqualTo("hello");
        ObjectInfo head = store().head("a/b.json", NEVER);
        assertThat(head.version()).isEqualTo(version);
        assertThat(head.sizeBytes()).isEqualTo(5);
    }

    @Test
    void keepsAnEmptyObject() throws Exception {
        put("empty", "");
        assertThat(store().head("empty", NEVER).sizeBytes()).isZero();
        assertThat(text("empty")).isEmpty();
    }

    @Test
    void keepsObjectsOfManySizes() throws Exception {
        Random random = new Random(1);
        for (int size : new int[] {1, 4095, 4096, 1 << 20, (1 << 20) + 1, 17 << 20}) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            store().put("sized", Body.of(bytes), Condition.always(), NEVER);
            assertThat(Digest.of(read("sized", ByteRange.all()))).isEqualTo(Digest.of(bytes));
        }
    }

    @Test
    void readsRanges() throws Exception {
        put("digits", "0123456789");
        assertThat(new String(read("digits", new ByteRange(3, 4)), StandardCharsets.UTF_8))
                .isEqualTo("3456");
        assertThat(new String(read("digits", new ByteRange(7, ByteRange.TO_END)), StandardCharsets.UTF_8))
                .isEqualTo("789");
        assertThat(new String(read("digits", new ByteRange(0, 10)), StandardCharsets.UTF_8))
                .isEqualTo("0123456789");
        try (ObjectReader reader = store().get("digits", new ByteRange(9, 1), NEVER)) {
            assertThat(reader.info().sizeBytes()).isEqualTo(10);
            assertThat(reader.lengthBytes()).isEqualTo(1);
        }
    }

    @Test
    void readsTheBeginOfWhatMayBeShorter() throws Exception {
        put("digits", "0123456789");
        assertThat(new String(read("digits", ByteRange.first(4)), StandardCharsets.UTF_8))
                .isEqualTo("0123");
        assertThat(new String(read("digits", ByteRange.first(10)), StandardCharsets.UTF_8))
                .isEqualTo("0123456789");
        assertThat(new String(read("digits", ByteRange.first(1000)), StandardCharsets.UTF_8))
                .isEqualTo("0123456789");
    }

    @Test
    void refusesRangesOutsideTheObject() throws Exception {
        put("digits", "0123456789");
        assertCode(Code.INVALID, () -> read("digits", new ByteRange(5, 6)));
        assertCode(Code.INVALID, () -> read("digits", new ByteRange(11, 1)));
        assertCode(Code.INVALID, () -> read("digits", new ByteRange(11, ByteRange.TO_END)));
    }

    @Test
    void saysWhenNothingIsThere() throws Exception {
        put("there/x", "x");
        assertCode(Code.NOT_FOUND, () -> text("missing"));
        assertCode(Code.NOT_FOUND, () -> text("there"));
        assertCode(Code.NOT_FOUND, () -> store().head("missing", NEVER));
        store().delete("missing", NEVER);
    }

    @Test
    void deletes() throws Exception {
        put("folder/one", "1");
        put("folder/two", "2");
        store().delete("folder/one", NEVER);
        assertCode(Code.NOT_FOUND, () -> text("folder/one"));
        assertThat(text("folder/two")).isEqualTo("2");
        store().delete("folder/two", NEVER);
        assertThat(keys("")).isEmpty();
        put("folder/one", "again");
        assertThat(text("folder/one")).isEqualTo("again");
    }

    @Test
    void listsByPrefixInTheKeysOrder() throws Exception {
        for (String key : List.of("b/2", "a-1", "a/1", "a/b/c", "b/10", "ab", "c.x", "c/x")) {
            put(key, key);
        }
        assertThat(keys("")).containsExactly("a-1", "a/1", "a/b/c", "ab", "b/10", "b/2", "c.x", "c/x");
        assertThat(keys("a")).containsExactly("a-1", "a/1", "a/b/c", "ab");
        assertThat(keys("a/")).containsExactly("a/1", "a/b/c");
        assertThat(keys("a/b")).containsExactly("a/b/c");
        assertThat(keys("b/1")).containsExactly("b/10");
        assertThat(keys("nothing/")).isEmpty();
    }

    @Test
    void listsSizes() throws Exception {
        put("five", "12345");
        List<ListedObject> listed = new ArrayList<>();
        store().list("", listed::add, NEVER);
        assertThat(listed).singleElement().satisfies(object -> {
            assertThat(object.sizeBytes()).isEqualTo(5);
            // Some servers tell the time more exactly in a listing than elsewhere.
            assertThat(object.modified().truncatedTo(ChronoUnit.SECONDS))
                    .isEqualTo(store().head("five", NEVER).modified().truncatedTo(ChronoUnit.SECONDS));
        });
    }

    @Test
    void putsOnlyWhereNothingIs() throws Exception {
        store().put("once", body("first"), Condition.absent(), NEVER);
        assertCode(Code.PRECONDITION_FAILED, () -> store().put("once", body("second"), Condition.absent(), NEVER));
        assertThat(text("once")).isEqualTo("first");
    }

    @Test
    void replacesOnlyTheVersionThatWasSeen() throws Exception {
        String first = put("doc", "first");
        String second = store().put("doc", body("second"), Condition.matches(first), NEVER);
        assertThat(second).isNotEqualTo(first);
        assertCode(Code.PRECONDITION_FAILED, () -> store().put("doc", body("x"), Condition.matches(first), NEVER));
        assertThat(text("doc")).isEqualTo("second");
        store().delete("doc", NEVER);
        assertCode(Code.PRECONDITION_FAILED, () -> store().put("doc", body("x"), Condition.matches(second), NEVER));
        assertCode(Code.NOT_FOUND, () -> text("doc"));
    }

    /** Large enough to be sent in pieces where a store does so. */
    @Test
    void keepsConditionsOnLargeObjects() throws Exception {
        byte[] large = new byte[20 << 20];
        new Random(2).nextBytes(large);
        String version = store().put("large", Body.of(large), Condition.absent(), NEVER);
        assertThat(store().head("large", NEVER).version()).isEqualTo(version);
        assertCode(Code.PRECONDITION_FAILED, () -> store().put("large", Body.of(large), Condition.absent(), NEVER));
        large[0] ^= 1;
        store().put("large", Body.of(large), Condition.matches(version), NEVER);
        assertCode(
                Code.PRECONDITION_FAILED,
                () -> store().put("large", Body.of(new byte[20 << 20]), Condition.matches(version), NEVER));
        assertThat(Digest.of(read("large", ByteRange.all()))).isEqualTo(Digest.of(large));
    }

    @Test
    void letsOneOfManyFirstWritersWin() throws Exception {
        for (int round = 0; round < 5; round++) {
            String key = "race/" + round;
            List<String> winners = race(12, writer -> {
                store().put(key, body("writer " + writer), Condition.absent(), NEVER);
                return "writer " + writer;
            });
            assertThat(winners).hasSize(1);
            assertThat(text(key)).isEqualTo(winners.getFirst());
        }
    }

    @Test
    void losesNoUpdateAmongManyWriters() throws Exception {
        int writers = 8;
        int increments = 10;
        put("counter", "0");
        race(writers, writer -> {
            for (int done = 0; done < increments; ) {
                done += increment() ? 1 : 0;
            }
            return "";
        });
        assertThat(text("counter")).isEqualTo(String.valueOf(writers * increments));
    }

    private boolean increment() throws Exception {
        try (ObjectReader reader = store().get("counter", ByteRange.all(), NEVER)) {
            int value = Integer.parseInt(new String(reader.readAll(20), StandardCharsets.UTF_8));
            store().put(
                            "counter",
                            body("" + (value + 1)),
                            Condition.matches(reader.info().version()),
                            NEVER);
            return true;
        } catch (StoreException e) {
            assertThat(e.code()).isEqualTo(Code.PRECONDITION_FAILED);
            return false;
        }
    }

    @Test
    void writesNothingWhenTheBodyFails() throws Exception {
        put("doc", "old");
        assertCode(Code.CORRUPT, () -> store().put("doc", failing(100, "short", null), Condition.always(), NEVER));
        assertCode(Code.CORRUPT, () -> store().put("doc", failing(3, "too long", null), Condition.always(), NEVER));
        assertCode(
                Code.INVALID,
                () -> store().put("doc", failing(100, "breaks", new IOException("disk")), Condition.always(), NEVER));
        StoreException verdict = new StoreException(Code.CORRUPT, "not what it was");
        assertCode(Code.CORRUPT, () -> store().put("doc", failing(100, "bad", verdict), Condition.always(), NEVER));
        assertThat(text("doc")).isEqualTo("old");
        assertThat(keys("")).containsExactly("doc");
    }

    @Test
    void readersSeeOneVersionWhileItIsReplaced() throws Exception {
        byte[] zeros = new byte[3 << 20];
        byte[] ones = new byte[3 << 20];
        Arrays.fill(ones, (byte) 1);
        store().put("big", Body.of(zeros), Condition.always(), NEVER);
        race(2, worker -> {
            for (int i = 0; i < 10; i++) {
                if (worker == 0) {
                    store().put("big", Body.of(i % 2 == 0 ? ones : zeros), Condition.always(), NEVER);
                } else {
                    byte[] seen = read("big", ByteRange.all());
                    assertThat(Digest.of(seen)).isIn(Digest.of(zeros), Digest.of(ones));
                }
            }
            return "";
        });
    }

    @Test
    void refusesKeysThatAreNone() throws Exception {
        for (String key : List.of("", "/", "a/", "/a", "a//b", "..", "../a", "a/../b", ".hidden", "a b", "a\0", "ä")) {
            assertCode(Code.INVALID, () -> put(key, "x"));
            assertCode(Code.INVALID, () -> text(key));
            assertCode(Code.INVALID, () -> store().head(key, NEVER));
            assertCode(Code.INVALID, () -> store().delete(key, NEVER));
        }
        assertCode(Code.INVALID, () -> keys("../"));
        assertCode(Code.INVALID, () -> put("x".repeat(200), "x"));
    }

    @Test
    void stopsWhenItIsCancelled() throws Exception {
        put("doc", "old");
        Cancellation cancelled = new Cancellation();
        cancelled.cancel("the test says so");
        assertCode(Code.CANCELLED, () -> store().put("doc", body("new"), Condition.always(), cancelled));
        assertCode(Code.CANCELLED, () -> store().get("doc", ByteRange.all(), cancelled));
        assertCode(Code.CANCELLED, () -> store().head("doc", cancelled));
        assertCode(Code.CANCELLED, () -> store().list("", object -> {}, cancelled));
        assertCode(Code.CANCELLED, () -> store().delete("doc", cancelled));
        assertThat(text("doc")).isEqualTo("old");
        Cancellation later = new Cancellation();
        try (ObjectReader reader = store().get("doc", ByteRange.all(), later)) {
            later.cancel("half-way");
            assertCode(Code.CANCELLED, () -> reader.read(ByteBuffer.allocate(1)));
        }
    }

    private String put(String key, String text) throws Exception {
        return store().put(key, body(text), Condition.always(), NEVER);
    }

    private static Body body(String text) {
        return Body.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private String text(String key) throws Exception {
        return new String(read(key, ByteRange.all()), StandardCharsets.UTF_8);
    }

    private byte[] read(String key, ByteRange range) throws Exception {
        try (ObjectReader reader = store().get(key, range, NEVER)) {
            return reader.readAll(64 << 20);
        }
    }

    private List<String> keys(String prefix) throws Exception {
        List<String> keys = new ArrayList<>();
        store().list(prefix, object -> keys.add(object.key()), NEVER);
        return keys;
    }

    /** Announces a length, gives a text and then fails, or ends. */
    private static Body failing(long length, String text, @Nullable IOException failure) {
        return new Body() {
            @Override
            public long lengthBytes() {
                return length;
            }

            @Override
            public ReadableByteChannel open() {
                BytesChannel bytes = new BytesChannel(List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
                return new ReadableByteChannel() {
                    @Override
                    public int read(ByteBuffer target) throws IOException {
                        int count = bytes.read(target);
                        if (count < 0 && failure != null) {
                            throw failure;
                        }
                        return count;
                    }

                    @Override
                    public boolean isOpen() {
                        return true;
                    }

                    @Override
                    public void close() {}
                };
            }
        };
    }

    public static void assertCode(Code code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private interface Racer {
        String run(int number) throws Exception;
    }

    /** Runs all at once and gives the answers of those who did not lose a precondition. */
    private static List<String> race(int racers, Racer racer) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> tasks = new ArrayList<>();
            for (int i = 0; i < racers; i++) {
                int number = i;
                tasks.add(() -> racer.run(number));
            }
            List<String> winners = new ArrayList<>();
            for (Future<String> future : threads.invokeAll(tasks)) {
                try {
                    winners.add(future.get());
                } catch (ExecutionException e) {
                    assertThat(e.getCause())
                            .isInstanceOfSatisfying(
                                    StoreException.class,
                                    lost -> assertThat(lost.code()).isEqualTo(Code.PRECONDITION_FAILED));
                }
            }
            return winners;
        }
    }
}
