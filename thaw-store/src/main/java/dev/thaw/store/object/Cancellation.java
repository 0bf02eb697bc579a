package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A wish to stop, shared between who waits and who works. Workers ask {@link #check} between blocks; whoever blocks in
 * the kernel registers an action that unblocks it.
 */
public final class Cancellation {
    private final Set<Action> actions = new LinkedHashSet<>(); // guarded by this
    private @Nullable String reason; // guarded by this

    /** What {@link #onCancel} returns; closing it takes the action back. */
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** One that nobody else holds, so that it never fires. */
    public static Cancellation never() {
        return new Cancellation();
    }

    /** Fires once; later calls do nothing. Actions run in the calling thread and must not block. */
    public void cancel(String why) {
        requireNonNull(why, "why is null");
        List<Action> due;
        synchronized (this) {
            if (reason != null) {
                return;
            }
            reason = why;
            due = List.copyOf(actions);
            actions.clear();
        }
        due.forEach(action -> action.task.run());
    }

    public synchronized boolean isCancelled() {
        return reason != null;
    }

    /** @throws StoreException CANCELLED with the reason, when it has fired */
    public synchronized void check() throws StoreException {
        if (reason != null) {
            throw new StoreException(StoreException.Code.CANCELLED, "Cancelled: " + reason);
        }
    }

    /** Runs {@code task} when this fires, at once if it has fired already. */
    public Registration onCancel(Runnable task) {
        requireNonNull(task, "task is null");
        Action action = new Action(task);
        synchronized (this) {
            if (reason == null) {
                actions.add(action);
                return () -> remove(action);
            }
        }
        task.run();
        return () -> {};
    }

    private synchronized void remove(Action action) {
        actions.remove(action);
    }

    /** Wraps a task so that equal tasks stay two registrations. */
    private static final class Action {
        private final Runnable task;

        Action(Runnable task) {
            this.task = task;
        }
    }
}
