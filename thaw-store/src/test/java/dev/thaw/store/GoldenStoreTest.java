package dev.thaw.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.MemoryObjectStore;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What older versions wrote stays readable. */
class GoldenStoreTest {
    private static final Cancellation NEVER = Cancellation.never();

    @TempDir
    Path directory;

    static List<Path> versions() throws IOException, URISyntaxException {
        Path golden = Path.of(
                requireNonNull(GoldenStoreTest.class.getResource("/golden")).toURI());
        try (Stream<Path> versions = Files.list(golden)) {
            return versions.toList();
        }
    }

    private static MemoryObjectStore read(Path golden) throws IOException {
        MemoryObjectStore objects = new MemoryObjectStore(Clock.systemUTC());
        StoredObjects stored = new StoredObjects(objects);
        Path root = golden.resolve("store");
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String key = root.relativize(file).toString();
                if (!key.startsWith(".")) {
                    stored.put(key, Files.readAllBytes(file));
                }
            }
        }
        return objects;
    }

    @ParameterizedTest
    @MethodSource("versions")
    void staysReadable(Path golden) throws Exception {
        MemoryObjectStore objects = read(golden);
        Set<String> kinds = new HashSet<>();
        new StoredObjects(objects).keys().forEach(key -> kinds.add(StoredObjects.kind(key)));
        assertThat(kinds).contains("keys", "pointers", "manifests", "maps", "packs", "condemned", "bases");
        ObjectSnapshotStore store = new ObjectSnapshotStore(objects, TestSnapshots.keys(), Clock.systemUTC());
        List<String> published = Files.readAllLines(golden.resolve("snapshots"));
        List<SnapshotDraft> drafts = GoldenStore.drafts(directory);
        for (int i = 0; i < drafts.size(); i++) {
            SnapshotDraft draft = drafts.get(i);
            Manifest manifest =
                    store.resolve(draft.identity(), draft.fit(), NEVER).orElseThrow();
            assertThat(manifest.id()).hasToString(published.get(i));
            for (PartSource source : draft.sources()) {
                Path file = directory.resolve("fetched-" + i + source.kind());
                Part part = manifest.parts().stream()
                        .filter(each -> each.kind() == source.kind())
                        .findFirst()
                        .orElseThrow();
                store.fetch(part, file, NEVER);
                assertThat(file).hasSameBinaryContentAs(source.file());
            }
            if (kinds.contains("hot")) {
                assertHotIsReadable(store, manifest, draft);
            }
            assertThat(store.publish(draft, NEVER)).as("published again").isEqualTo(manifest);
        }
        assertThat(store.list(NEVER)).hasSameSizeAs(published);
        assertThat(store.check(false, List.of(), NEVER).findings()).isEmpty();
        assertThat(store.usage(NEVER).unreachableBytes()).isPositive();
        assertThat(store.collect(Duration.ofHours(3), true, NEVER).condemned()).isZero();
    }

    private static void assertHotIsReadable(SnapshotStore store, Manifest manifest, SnapshotDraft draft)
            throws Exception {
        Set<HotBlock> came = ConcurrentHashMap.newKeySet();
        try (SnapshotImages images = store.images(manifest, NEVER).orElseThrow()) {
            images.begin((frame, _) -> frame.runs().forEach(run -> {
                for (int i = 0; i < run.count(); i++) {
                    came.add(new HotBlock(run.part(), run.block() + i));
                }
            }));
            images.hot().get(10, TimeUnit.SECONDS);
            assertThat(images.state().get(10, TimeUnit.SECONDS))
                    .isEqualTo(Files.readAllBytes(draft.state().file()));
        }
        assertThat(came).containsAll(GoldenStore.HOT);
    }
}
