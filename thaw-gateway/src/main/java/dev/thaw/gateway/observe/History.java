package dev.thaw.gateway.observe;

import dev.thaw.cache.ThawReads;
import dev.thaw.node.FreezeRecord;
import dev.thaw.node.StartRecord;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The last starts and freezes of each function: what {@code explain} shows. */
public final class History {
    private static final int KEPT = 50;

    /**
     * Something that did not work.
     *
     * @param what {@code start}, {@code freeze} or {@code instance}
     */
    public record Failure(Instant at, String worker, String revision, String instance, String what, String why) {}

    /**
     * Newest first.
     *
     * @param reads by instance, of those thaws whose bytes came behind them
     */
    public record View(
            List<StartRecord> starts,
            Map<String, ThawReads> reads,
            List<FreezeRecord> freezes,
            List<Failure> failures) {
        public View {
            starts = List.copyOf(starts);
            reads = Map.copyOf(reads);
            freezes = List.copyOf(freezes);
            failures = List.copyOf(failures);
        }
    }

    private static final class Kept {
        final Deque<StartRecord> starts = new ArrayDeque<>();

        /** By instance, oldest first. */
        final Map<String, ThawReads> reads = new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, ThawReads> eldest) {
                return size() > KEPT;
            }
        };

        final Deque<FreezeRecord> freezes = new ArrayDeque<>();
        final Deque<Failure> failures = new ArrayDeque<>();
    }

    /** Guarded by this. */
    private final Map<String, Kept> functions = new HashMap<>();

    private Kept of(String function) {
        return functions.computeIfAbsent(function, name -> new Kept());
    }

    synchronized void add(StartRecord start) {
        keep(of(start.function()).starts, start);
    }

    /** Of a start; may come before it. */
    synchronized void add(StartRecord start, ThawReads reads) {
        of(start.function()).reads.put(start.instance(), reads);
    }

    synchronized void add(FreezeRecord freeze) {
        keep(of(freeze.function()).freezes, freeze);
    }

    synchronized void add(String function, Failure failure) {
        keep(of(function).failures, failure);
    }

    private static <T> void keep(Deque<T> entries, T entry) {
        entries.addFirst(entry);
        while (entries.size() > KEPT) {
            entries.removeLast();
        }
    }

    public synchronized View view(String function) {
        Kept kept = functions.get(function);
        return kept == null
                ? new View(List.of(), Map.of(), List.of(), List.of())
                : new View(
                        new ArrayList<>(kept.starts),
                        kept.reads,
                        new ArrayList<>(kept.freezes),
                        new ArrayList<>(kept.failures));
    }

    public synchronized void remove(String function) {
        functions.remove(function);
    }
}
