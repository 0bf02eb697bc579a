package dev.thaw.lazy;

import dev.thaw.store.Manifest;
import dev.thaw.store.PartKind;
import dev.thaw.store.chunk.Blocks;
import dev.thaw.store.chunk.HotCompanion.HotBlock;
import dev.thaw.store.chunk.HotMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is hot of a snapshot, and when and how far it changes. */
final class WorkingSets {
    /** Fewer new or superfluous blocks of a recorded thaw than this are not worth a new companion. */
    static final int WORTHWHILE_BLOCKS = 32;

    /** What is hot is at most this part of a snapshot. */
    private static final int LARGEST_PART = 4;

    /** Of what other inputs touched and a recorded thaw did not, so much stays, measured by what it touched. */
    private static final double OTHERS = 0.25;

    private WorkingSets() {}

    /** The blocks of a companion but for the device state's, in its order. */
    static List<HotBlock> blocks(HotMap map) {
        List<HotBlock> blocks = new ArrayList<>();
        for (HotMap.HotFrame frame : map.frames()) {
            for (HotMap.Run run : frame.runs()) {
                for (int i = 0; i < run.count() && run.part() != PartKind.STATE.ordinal(); i++) {
                    blocks.add(new HotBlock(run.part(), run.block() + i));
                }
            }
        }
        return blocks;
    }

    /**
     * What is hot after a thaw whose every touch is known: these first, in their order, then what earlier ones touched.
     * Blocks that are not touched any more move to the end with each thaw that is recorded, and fall off there, so that what is hot stays
     * small when a function changes its ways.
     */
    static List<HotBlock> recorded(List<HotBlock> touched, List<HotBlock> before, Manifest manifest) {
        Set<HotBlock> now = new HashSet<>(touched);
        List<HotBlock> order = new ArrayList<>(touched);
        before.stream()
                .filter(block -> !now.contains(block))
                .limit((long) (touched.size() * OTHERS))
                .forEach(order::add);
        return order.subList(0, (int) Math.min(order.size(), most(manifest)));
    }

    /** Whether what is hot after a recorded thaw is worth a new companion. */
    static boolean isWorthwhile(List<HotBlock> touched, List<HotBlock> before) {
        Set<HotBlock> hot = new HashSet<>(before);
        long fresh = touched.stream().filter(block -> !hot.contains(block)).count();
        long superfluous = before.size() - (touched.size() - fresh);
        return fresh >= WORTHWHILE_BLOCKS || superfluous >= WORTHWHILE_BLOCKS + touched.size() * OTHERS;
    }

    /** What is hot after a thaw of which only the misses are known: the oldest of them give way where they are too many. */
    static List<HotBlock> refined(List<HotBlock> before, List<HotBlock> missed, Manifest manifest) {
        Set<HotBlock> together = new LinkedHashSet<>(before);
        together.addAll(missed);
        List<HotBlock> order = new ArrayList<>(together);
        long most = most(manifest);
        return order.size() <= most ? order : order.subList((int) (order.size() - most), order.size());
    }

    private static long most(Manifest manifest) {
        return Blocks.count(manifest.memory().sizeBytes() + manifest.rootfs().sizeBytes()) / LARGEST_PART;
    }
}
