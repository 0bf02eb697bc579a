package dev.thaw.load.plan;

/** What an invocation counts for. */
public enum Phase {
    WARMUP(1),
    EXECUTION(2);

    private final int number;

    Phase(int number) {
        this.number = number;
    }

    /** As In-Vitro writes it. */
    public int number() {
        return number;
    }
}
