package dev.thaw.load.trace;

import java.util.List;

/** How long a function ran, in milliseconds: a row of {@code durations.csv}. */
public record DurationStatistics(
        double average,
        double count,
        double minimum,
        double maximum,
        double percentile0,
        double percentile1,
        double percentile25,
        double percentile50,
        double percentile75,
        double percentile99,
        double percentile100) {

    static final List<String> COLUMNS = List.of(
            "Average",
            "Count",
            "Minimum",
            "Maximum",
            "percentile_Average_0",
            "percentile_Average_1",
            "percentile_Average_25",
            "percentile_Average_50",
            "percentile_Average_75",
            "percentile_Average_99",
            "percentile_Average_100");

    /** The columns of the file in the order of {@link #of}. */
    public static List<String> columnNames() {
        return COLUMNS;
    }

    /** @param columns a value for each of {@link #columnNames} */
    public static DurationStatistics of(double[] columns) {
        return new DurationStatistics(
                columns[0],
                columns[1],
                columns[2],
                columns[3],
                columns[4],
                columns[5],
                columns[6],
                columns[7],
                columns[8],
                columns[9],
                columns[10]);
    }

    double[] columns() {
        return new double[] {
            average,
            count,
            minimum,
            maximum,
            percentile0,
            percentile1,
            percentile25,
            percentile50,
            percentile75,
            percentile99,
            percentile100
        };
    }

    /** The bounds of the bands that run times are drawn from, ascending. */
    public double[] percentiles() {
        return new double[] {
            percentile0, percentile1, percentile25, percentile50, percentile75, percentile99, percentile100
        };
    }
}
