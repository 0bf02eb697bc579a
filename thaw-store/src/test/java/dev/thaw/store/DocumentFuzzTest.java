package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.store.chunk.SealedDocument;
import dev.thaw.store.key.KeyService;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.MemoryObjectStore;
import dev.thaw.store.object.StoreException;
import dev.thaw.store.object.StoreException.Code;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Decoders of the store's documents, with bytes that nobody wrote. */
@Timeout(120)
class DocumentFuzzTest {
    private static final Cancellation NEVER = Cancellation.never();
    private static final int ROUNDS = 10_000;

    private static StoredSnapshot snapshot() {
        Part memory = new Part(PartKind.MEMORY, "default", Digest.of(new byte[1]), 1 << 20, 5_000);
        Part state = new Part(PartKind.STATE, "default", Digest.of(new byte[2]), 9_000, 9_000);
        Part rootfs = new Part(PartKind.ROOTFS, "default", Digest.of(new byte[3]), 80_000, 80_000);
        Manifest manifest = new Manifest(
                Digest.of(new byte[4]),
                Digest.of(new byte[5]),
                "default",
                TestSnapshots.fit("cpu"),
                "hello-1",
                Instant.EPOCH,
                memory,
                state,
                rootfs);
        return new StoredSnapshot(
                manifest,
                new ImageRef("0".repeat(32), 500),
                new ImageRef("1".repeat(32), 500),
                new ImageRef("2".repeat(32), 500),
                Optional.of(new HotRef("3".repeat(32), 900, 400)));
    }

    @Test
    void pointers() throws StoreException {
        Fuzz fuzz = new Fuzz();
        byte[] right = new Pointer(7, "writer", true, Optional.of(snapshot())).encode();
        assertThat(Pointer.decode(right).snapshot()).hasValue(snapshot());
        fuzz.run(right, ROUNDS, bytes -> {
            // Whatever decodes encodes to something that decodes to the same.
            Pointer pointer = Pointer.decode(bytes);
            assertThat(Pointer.decode(pointer.encode())).isEqualTo(pointer);
        });
        fuzz.noise(ROUNDS, Pointer::decode);
    }

    @Test
    void snapshots() throws StoreException {
        Fuzz fuzz = new Fuzz();
        byte[] right = JsonFields.encode(snapshot().toJson());
        fuzz.run(right, ROUNDS, bytes -> StoredSnapshot.fromJson(JsonFields.parse("manifest", bytes, 1 << 20)));
    }

    @Test
    void keys() {
        Fuzz fuzz = new Fuzz();
        KeyService.WrappedKey wrapped = new KeyService.WrappedKey("first", new byte[60]);
        byte[] right = new DomainKeys(
                        "default",
                        List.of(
                                new DomainKeys.Epoch(1, Instant.EPOCH, wrapped),
                                new DomainKeys.Epoch(2, Instant.EPOCH, wrapped)))
                .encode();
        fuzz.run(right, ROUNDS, DomainKeys::decode);
        fuzz.noise(ROUNDS, DomainKeys::decode);
    }

    private final Domains domains =
            new Domains(new MemoryObjectStore(Clock.systemUTC()), TestSnapshots.keys(), Clock.systemUTC());

    /** The list as a domain's own writer would have sealed it. */
    private void readCondemned(Domain domain, byte[] document) throws StoreException {
        MemoryObjectStore objects = new MemoryObjectStore(Clock.systemUTC());
        String key = Condemned.key(domain);
        new StoredObjects(objects).put(key, SealedDocument.seal(domain.current(), key, document));
        Condemned.read(objects, domains, domain, NEVER);
    }

    @Test
    void listsOfCondemned() throws StoreException {
        Fuzz fuzz = new Fuzz();
        Domain domain = domains.findOrCreate("default", NEVER);
        byte[] right = ("{\"format\":\"thaw.condemned\",\"version\":1,\"objects\":["
                        + "{\"key\":\"domains/x/packs/y\",\"condemned_at\":\"2026-01-01T00:00:00Z\",\"damaged\":true},"
                        + "{\"key\":\"domains/x/maps/z\",\"condemned_at\":\"2026-01-01T00:00:00Z\",\"damaged\":false}"
                        + "]}\n")
                .getBytes(StandardCharsets.UTF_8);
        readCondemned(domain, right);
        fuzz.run(right, ROUNDS / 4, bytes -> readCondemned(domain, bytes));
    }

    @Test
    void refusesDocumentsThatCannotBe() {
        Map<String, Code> wrong = Map.of(
                "{\"format\":\"thaw.pointer\",\"version\":2}",
                Code.UNSUPPORTED,
                "{\"format\":\"thaw.pointer\",\"version\":1e999999999}",
                Code.CORRUPT,
                "{\"format\":\"thaw.pointer\",\"version\":-1}",
                Code.CORRUPT,
                "{\"format\":\"thaw.pointer\",\"version\":" + "9".repeat(50_000) + "}",
                Code.CORRUPT,
                "{\"format\":\"thaw.pointer\",\"version\":1,\"version\":1}",
                Code.CORRUPT,
                "{\"a\":".repeat(10_000),
                Code.CORRUPT,
                "[".repeat(60_000),
                Code.CORRUPT,
                "",
                Code.CORRUPT,
                "null",
                Code.CORRUPT,
                " ".repeat(200_000),
                Code.CORRUPT);
        wrong.forEach((text, code) -> assertThatThrownBy(() -> Pointer.decode(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.code()).isEqualTo(code)));
    }
}
