package dev.thaw.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.chunk.HotMap;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.MemoryObjectStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotImagesTest {
    private static final Cancellation NEVER = Cancellation.never();

    @TempDir
    Path directory;

    private final SnapshotStore store =
            new ObjectSnapshotStore(new MemoryObjectStore(Clock.systemUTC()), TestSnapshots.keys(), Clock.systemUTC());

    private static HotBlock block(PartKind kind, int block) {
        return new HotBlock(kind.ordinal(), block);
    }

    private static PartBlocks files(SnapshotDraft draft) throws Exception {
        return new PartBlocks(Map.of(
                PartKind.MEMORY, draft.memory().file(),
                PartKind.STATE, draft.state().file(),
                PartKind.ROOTFS, draft.rootfs().file()));
    }

    @Test
    void givesWhatIsHotAndTheRestByItsMaps() throws Exception {
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        Manifest manifest = store.publish(draft, NEVER);
        assertThat(store.images(manifest, NEVER)).as("nothing is recorded").isEmpty();
        // The last block of the root file system is short.
        List<HotBlock> order = List.of(
                block(PartKind.ROOTFS, 73),
                block(PartKind.MEMORY, 40),
                block(PartKind.MEMORY, 3),
                block(PartKind.ROOTFS, 0));
        try (PartBlocks blocks = files(draft)) {
            assertThat(store.publishHot(manifest, order, blocks, NEVER)).isTrue();
        }
        Set<HotBlock> came = ConcurrentHashMap.newKeySet();
        byte[] memory = Files.readAllBytes(draft.memory().file());
        byte[] rootfs = Files.readAllBytes(draft.rootfs().file());
        try (SnapshotImages images = store.images(manifest, NEVER).orElseThrow()) {
            images.begin((frame, plain) -> {
                int at = 0;
                for (HotMap.Run run : frame.runs()) {
                    for (int i = 0; i < run.count(); i++, at += Blocks.BYTES) {
                        byte[] right = switch (SnapshotImages.part(run.part())) {
                            case MEMORY -> memory;
                            case ROOTFS -> rootfs;
                            case STATE -> new byte[0];
                        };
                        int from = (run.block() + i) * Blocks.BYTES;
                        int length = Math.min(Blocks.BYTES, right.length - from);
                        if (length > 0 && Arrays.equals(plain, at, at + length, right, from, from + length)) {
                            came.add(new HotBlock(run.part(), run.block() + i));
                        }
                    }
                }
            });
            assertThat(images.state().get(10, TimeUnit.SECONDS))
                    .isEqualTo(Files.readAllBytes(draft.state().file()));
            images.hot().get(10, TimeUnit.SECONDS);
            assertThat(came).containsExactlyInAnyOrderElementsOf(order);
            BlockMap map = images.map(PartKind.ROOTFS).get(10, TimeUnit.SECONDS);
            int place = (int) map.locate(7);
            byte[] seventh = new byte[Blocks.BYTES];
            images.read(
                    List.of(map.frames().get((int) (map.locate(7) >>> Integer.SIZE))),
                    (frame, plain) -> System.arraycopy(plain, place * Blocks.BYTES, seventh, 0, Blocks.BYTES),
                    NEVER);
            assertThat(seventh).isEqualTo(Arrays.copyOfRange(rootfs, 7 * Blocks.BYTES, 8 * Blocks.BYTES));
            assertThat(images.originBytes()).isPositive();
        }
    }

    @Test
    void aBetterCompanionIsNotReplacedByWhoReadAnOlderOne() throws Exception {
        SnapshotDraft draft = new TestSnapshots(directory).freeze("hello", 1);
        Manifest manifest = store.publish(draft, NEVER);
        List<HotBlock> order = List.of(block(PartKind.ROOTFS, 1));
        try (PartBlocks blocks = files(draft)) {
            assertThat(store.publishHot(manifest, order, blocks, NEVER)).isTrue();
            try (SnapshotImages early = store.images(manifest, NEVER).orElseThrow()) {
                assertThat(store.publishHot(manifest, order, blocks, NEVER)).isTrue();
                assertThat(early.replaceHot(order, blocks, NEVER)).isFalse();
            }
            try (SnapshotImages late = store.images(manifest, NEVER).orElseThrow()) {
                assertThat(late.replaceHot(order, blocks, NEVER)).isTrue();
            }
        }
    }
}
