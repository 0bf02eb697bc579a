package dev.thaw.lazy;

import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.chunk.PackId;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** Frames by where they lie. */
final class FrameOrder {
    /** Packs in any order that is always the same, frames in a pack by their offset. */
    static final Comparator<FrameRef> BY_PLACE = Comparator.<FrameRef, PackId>comparing(
                    FrameRef::pack,
                    Comparator.comparingInt(PackId::epoch)
                            .thenComparingLong(PackId::high)
                            .thenComparingLong(PackId::low))
            .thenComparingLong(FrameRef::offset);

    private FrameOrder() {}

    /** Adds the image's frames that lie around the first of {@code wanted}, up to so many sealed bytes. */
    static void addNeighbours(List<FrameRef> wanted, List<FrameRef> byPlace, int bytes) {
        FrameRef middle = wanted.getFirst();
        int index = Collections.binarySearch(byPlace, middle, BY_PLACE);
        int left = bytes;
        for (int i = index + 1; i < byPlace.size() && left > 0 && isNear(byPlace.get(i), middle, bytes); i++) {
            left -= add(wanted, byPlace.get(i));
        }
        for (int i = index - 1; i >= 0 && left > 0 && isNear(byPlace.get(i), middle, bytes); i--) {
            left -= add(wanted, byPlace.get(i));
        }
    }

    private static boolean isNear(FrameRef frame, FrameRef middle, int bytes) {
        return frame.pack().equals(middle.pack()) && Math.abs(frame.offset() - middle.offset()) <= bytes;
    }

    private static int add(List<FrameRef> wanted, FrameRef frame) {
        if (!wanted.contains(frame)) {
            wanted.add(frame);
            return frame.length();
        }
        return 0;
    }
}
