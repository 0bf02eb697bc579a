package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.LeftSandbox;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the instances that an earlier daemon has left back to their workers, and removes those that nobody wants or that are not healthy. Each in a thread of its own:
 * an earlier daemon that still lives may hold on to some until their invocations have ended.
 */
public final class Adoption implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Adoption.class);

    private final List<Thread> threads = new ArrayList<>();

    private Adoption() {}

    /** @param revisions finds one in service by its name */
    public static Adoption begin(
            List<LeftSandbox> left, List<Worker> workers, Function<String, Optional<Revision>> revisions) {
        requireNonNull(revisions, "revisions is null");
        Adoption adoption = new Adoption();
        for (LeftSandbox one : left) {
            adoption.threads.add(Thread.ofVirtual()
                    .name("adopt-" + one.id())
                    .unstarted(() -> adopt(one, List.copyOf(workers), revisions)));
        }
        adoption.threads.forEach(Thread::start);
        return adoption;
    }

    private static void adopt(LeftSandbox left, List<Worker> workers, Function<String, Optional<Revision>> revisions) {
        try {
            KeptNote note = KeptNote.read(left.note());
            Optional<Worker> worker = workers.stream()
                    .filter(one -> one.name().equals(note.worker()))
                    .findFirst();
            Optional<Revision> revision = revisions.apply(note.revision());
            if (worker.isPresent() && revision.isPresent()) {
                worker.get().adopt(left, note, revision.get());
                return;
            }
            log.info(
                    "instance={} is not adopted: there is no {} any more",
                    left.id(),
                    worker.isEmpty() ? note.worker() : note.revision());
        } catch (IOException e) {
            log.warn("instance={} is not adopted: {}", left.id(), e.getMessage());
        }
        left.remove();
    }

    /** Waits for those that are decided on soon. */
    public void await(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        for (Thread thread : threads) {
            thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        }
    }

    /** Gives up what is not decided. */
    @Override
    public void close() {
        try {
            for (Thread thread : threads) {
                thread.interrupt();
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
