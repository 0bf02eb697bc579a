package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.placement.NodeLoad;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;

/** From the bytes of a request to the bytes of its answer. Its buffers are used again, one set per request under way. */
final class Prioritizer {
    private static final byte[] NO_OPINION = {'['};

    private static final PodFacts NOBODY = new PodFacts("", "", "", Map.of(), Map.of(), null, List.of());

    private final SnapshotIndex index;
    private final Decider decider;
    private final SnapshotIdentity identity;
    private final ExtenderArgsReader reader;
    private final ConcurrentLinkedQueue<Work> idle = new ConcurrentLinkedQueue<>();

    Prioritizer(SnapshotIndex index, Decider decider, SnapshotIdentity identity, long maxRequestBytes) {
        this.index = requireNonNull(index, "index is null");
        this.decider = requireNonNull(decider, "decider is null");
        this.identity = requireNonNull(identity, "identity is null");
        this.reader = new ExtenderArgsReader(maxRequestBytes);
    }

    /** One request's buffers, and after {@link #prioritize} its answer. To be closed when the answer is sent. */
    final class Work implements AutoCloseable {
        final Candidates candidates = new Candidates();
        final Decider.Scratch scratch = new Decider.Scratch();
        final Answer answer = new Answer();
        boolean opinion;
        PodFacts pod = NOBODY;

        /** The best and the worst candidate in one line, for people. */
        String summary() {
            int count = candidates.count();
            int best = 0;
            int worst = 0;
            for (int i = 1; i < count; i++) {
                best = scratch.scores[i] > scratch.scores[best] ? i : best;
                worst = scratch.scores[i] < scratch.scores[worst] ? i : worst;
            }
            return count == 0
                    ? "there was no candidate"
                    : "of %d nodes best %s: score %d, start expected in %.0f ms; worst %s: score %d, %.0f ms"
                            .formatted(
                                    count,
                                    candidates.name(best),
                                    scratch.scores[best],
                                    scratch.millis[best],
                                    candidates.name(worst),
                                    scratch.scores[worst],
                                    scratch.millis[worst]);
        }

        @Override
        public void close() {
            idle.offer(this);
        }
    }

    /** Reads a request to its end and answers it: every candidate with its score, or nothing for a pod that is none of ours. */
    Work prioritize(InputStream body) {
        Work work = Optional.ofNullable(idle.poll()).orElseGet(Work::new);
        try {
            work.pod = reader.read(body, work.candidates);
            Optional<String> snapshot = identity.of(work.pod);
            work.opinion = snapshot.isPresent();
            work.answer.clear();
            work.answer.add(NO_OPINION);
            snapshot.ifPresent(id -> decide(id, work));
            work.answer.add((byte) ']');
            return work;
        } catch (RuntimeException e) {
            work.close();
            throw e;
        }
    }

    /** The scheduler will most likely take the best node, and among equals the one with the most room. */
    private void expect(String id, Work work) {
        NodeSlot best = null;
        int bestScore = 0;
        double bestShare = 0;
        for (int i = 0; i < work.candidates.count(); i++) {
            NodeSlot slot = work.scratch.candidates[i];
            NodeLoad load = slot == null ? null : slot.load;
            if (slot == null || load == null) {
                continue;
            }
            int score = work.scratch.scores[i];
            if (best == null || score > bestScore || (score == bestScore && load.memoryShare() < bestShare)) {
                best = slot;
                bestScore = score;
                bestShare = load.memoryShare();
            }
        }
        if (best != null && !work.pod.uid().isEmpty()) {
            index.podExpected(work.pod.uid(), best.name, id, work.pod.demand());
        }
    }

    private void decide(String id, Work work) {
        Candidates candidates = work.candidates;
        int count = candidates.count();
        work.scratch.ensureCandidates(count);
        index.read(() -> {
            for (int i = 0; i < count; i++) {
                work.scratch.candidates[i] =
                        index.nodes().get(candidates.text(), candidates.start(i), candidates.length(i));
            }
            decider.decide(id, work.pod, work.scratch, count, null);
            return work;
        });
        expect(id, work);
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                work.answer.add((byte) ',');
            }
            NodeSlot slot = work.scratch.candidates[i];
            if (slot == null) {
                work.answer.addUnknownHost(candidates.name(i));
            } else {
                work.answer.add(slot.answerPrefix);
            }
            work.answer.addScore(work.scratch.scores[i]);
        }
    }
}
