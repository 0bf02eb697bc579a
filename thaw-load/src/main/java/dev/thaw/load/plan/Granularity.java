package dev.thaw.load.plan;

/** How much time one column of a trace stands for. */
public enum Granularity {
    MINUTE("min", 60_000_000),
    SECOND("sec", 1_000_000);

    private final String prefix;
    private final double micros;

    Granularity(String prefix, double micros) {
        this.prefix = prefix;
        this.micros = micros;
    }

    /** Begins an invocation's id, as in {@code min3.inv0}. */
    public String prefix() {
        return prefix;
    }

    /** Length in microseconds. */
    public double micros() {
        return micros;
    }
}
