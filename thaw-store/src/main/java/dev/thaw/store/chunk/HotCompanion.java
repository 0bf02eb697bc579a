package dev.thaw.store.chunk;

import dev.thaw.store.chunk.HotMap.HotFrame;
import dev.thaw.store.chunk.HotMap.Run;
import dev.thaw.store.key.DataKey;
import dev.thaw.store.object.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Makes hot companions and opens their maps: a sealed {@link HotMap}, then its frames. */
public final class HotCompanion {
    /** More blocks a frame than a pack has: all of it is wanted, so larger frames only compress better. */
    private static final int BLOCKS_PER_FRAME = 16;

    private HotCompanion() {}

    /** A block of a part, by its number. */
    public record HotBlock(int part, int block) {}

    /** Gives a block's bytes. */
    @FunctionalInterface
    public interface BlockReader {
        /** @return how many bytes were put into {@code target} at {@code offset}: a whole block, but at a part's end */
        int read(HotBlock block, byte[] target, int offset) throws IOException;
    }

    /** A finished object. */
    public record Written(byte[] bytes, int mapBytes) {}

    /**
     * @param name of the object that it will be
     * @param order first touched first, each block once
     */
    public static Written write(DataKey key, String domain, String name, List<HotBlock> order, BlockReader reader)
            throws IOException {
        PackId pack = PackId.random(key.epoch());
        Identifier identifier = new Identifier(key);
        ByteArrayOutputStream sealed = new ByteArrayOutputStream();
        List<HotFrame> frames = new ArrayList<>();
        byte[] plain = new byte[BLOCKS_PER_FRAME * Blocks.BYTES];
        byte[] target = new byte[plain.length + FrameCipher.OVERHEAD_BYTES];
        try (FrameCipher cipher = new FrameCipher()) {
            for (List<HotBlock> blocks : batches(order)) {
                byte[] ids = new byte[blocks.size() * BlockId.BYTES];
                int length = 0;
                for (int i = 0; i < blocks.size(); i++) {
                    int count = reader.read(blocks.get(i), plain, length);
                    if (count < Blocks.BYTES && i + 1 < blocks.size()) {
                        Arrays.fill(plain, length + count, length + Blocks.BYTES, (byte) 0);
                        count = Blocks.BYTES; // whoever reads knows where the part ends
                    }
                    identifier.block(plain, length, count).writeTo(ids, i * BlockId.BYTES);
                    length += count;
                }
                BlockId identity = identifier.frame(ids, 0, ids.length);
                int size = cipher.seal(key, pack, frames.size(), identity, plain, length, target, 0);
                frames.add(new HotFrame(
                        new FrameRef(domain, pack, frames.size(), sealed.size(), size, blocks.size(), length, identity),
                        runs(blocks)));
                sealed.write(target, 0, size);
            }
        }
        byte[] map = SealedDocument.seal(key, mapName(name), new HotMap(pack, frames).encode());
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(map);
        sealed.writeTo(all);
        return new Written(all.toByteArray(), map.length);
    }

    /** In first-touch order, but sorted within a frame, so that neighbours are runs. */
    private static List<List<HotBlock>> batches(List<HotBlock> order) {
        List<List<HotBlock>> batches = new ArrayList<>();
        for (int at = 0; at < order.size(); at += BLOCKS_PER_FRAME) {
            batches.add(sorted(order.subList(at, Math.min(order.size(), at + BLOCKS_PER_FRAME))));
        }
        return batches;
    }

    private static List<HotBlock> sorted(List<HotBlock> blocks) {
        return blocks.stream()
                .sorted(Comparator.comparingInt(HotBlock::part).thenComparingInt(HotBlock::block))
                .toList();
    }

    private static List<Run> runs(List<HotBlock> blocks) {
        List<Run> runs = new ArrayList<>();
        for (HotBlock block : blocks) {
            Run last = runs.isEmpty() ? null : runs.getLast();
            if (last != null && last.part() == block.part() && last.block() + last.count() == block.block()) {
                runs.set(runs.size() - 1, new Run(last.part(), last.block(), last.count() + 1));
            } else {
                runs.add(new Run(block.part(), block.block(), 1));
            }
        }
        return runs;
    }

    /** @param sealed the object's first bytes, as many as its pointer says that the map has */
    public static HotMap openMap(DataKey key, String domain, String name, byte[] sealed, long objectBytes)
            throws StoreException {
        return HotMap.decode(domain, SealedDocument.open(key, mapName(name), sealed), sealed.length, objectBytes);
    }

    /** Which epoch's key a map is sealed with. */
    public static int epoch(String name, byte[] sealed) throws StoreException {
        return SealedDocument.epoch(mapName(name), sealed);
    }

    private static String mapName(String name) {
        return "map of " + name;
    }
}
