package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** How the instances of one pool are ended that nobody needs any more, or that do not work. */
final class Retirement {
    private final ReentrantLock lock;
    private final Revision revision;
    private final Roster roster;
    private final InstanceLife life;

    Retirement(ReentrantLock lock, Revision revision, Roster roster, InstanceLife life) {
        this.lock = requireNonNull(lock, "lock is null");
        this.revision = requireNonNull(revision, "revision is null");
        this.roster = requireNonNull(roster, "roster is null");
        this.life = requireNonNull(life, "life is null");
    }

    /**
     * Takes an instance out of service that does not work.
     *
     * @param most how many invocations may be in it; with more it stays
     */
    void discard(Instance instance, int most, String why) {
        lock.lock();
        try {
            if (instance.state() != InstanceState.READY || instance.inFlight() > most) {
                return;
            }
            instance.become(InstanceState.RETIRING);
        } finally {
            lock.unlock();
        }
        life.retire(revision, instance, Duration.ZERO, why);
    }

    /** Retires those that have been idle since before {@code nanos}, beyond the least number; returns how many. */
    int idleSince(long nanos, int most, String why) {
        List<Instance> idle = new ArrayList<>();
        lock.lock();
        try {
            long left = roster.lasting();
            Iterator<Instance> next = roster.idleSince(nanos).iterator();
            while (next.hasNext() && left > revision.limits().least() && idle.size() < most) {
                Instance instance = next.next();
                instance.become(InstanceState.RETIRING);
                idle.add(instance);
                left--;
            }
        } finally {
            lock.unlock();
        }
        idle.forEach(instance -> behind(instance, why));
        return idle.size();
    }

    /** When the instance that has been idle longest became so; empty when none is idle. */
    Optional<Long> idleLongest() {
        lock.lock();
        try {
            return roster.idleSince(life.nowNanos()).stream().findFirst().map(Instance::idleSinceNanos);
        } finally {
            lock.unlock();
        }
    }

    /** Retires idle instances at once, and with {@code busy} the others as soon as their invocations have ended. Returns how many. */
    int all(boolean busy, String why) {
        int count = 0;
        lock.lock();
        try {
            for (Instance instance : roster.all()) {
                if (instance.state() != InstanceState.READY || (instance.inFlight() > 0 && !busy)) {
                    continue;
                }
                instance.become(InstanceState.RETIRING);
                count++;
                if (instance.inFlight() == 0) {
                    behind(instance, why);
                }
            }
        } finally {
            lock.unlock();
        }
        return count;
    }

    /** Ends an instance that is in no service any more, in a thread of its own. */
    void behind(Instance instance, String why) {
        life.run("retire-" + instance.id(), () -> life.retire(revision, instance, InstanceLife.GRACE, why));
    }
}
