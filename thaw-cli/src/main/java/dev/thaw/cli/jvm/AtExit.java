package dev.thaw.cli.jvm;

/** Something to be undone when this process ends before it has come to that, because it is broken off. */
public final class AtExit {
    private final Thread hook;

    private AtExit(Thread hook) {
        this.hook = hook;
    }

    /** Has it undone at this process's end; at once where that has begun. */
    public static AtExit undo(String name, Runnable undo) {
        Thread hook = new Thread(undo, name);
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            undo.run();
        }
        return new AtExit(hook);
    }

    /**
     * Leaves it to the caller again.
     *
     * @return false when this process is about to end, and undoes it, or has
     */
    public boolean cancel() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }
}
