package dev.thaw.cli.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The starts of one configuration. */
final class MeasuredStarts {
    private static final long PAGE_BYTES = 4096;

    private final List<Measured> starts = new ArrayList<>();
    private int failures;

    void add(@Nullable Measured start) {
        if (start == null) {
            failures++;
        } else {
            starts.add(start);
        }
    }

    Report.ConfigurationReport report(String name) {
        if (starts.isEmpty()) {
            return new Report.ConfigurationReport(
                    name, failures, failures, List.of(), null, null, Map.of(), 0, 0, null, null, null, null, null,
                    List.of());
        }
        Map<String, Double> phases = new LinkedHashMap<>();
        starts.forEach(start -> start.phasesMillis()
                .forEach((phase, millis) -> phases.merge(phase, millis / starts.size(), Double::sum)));
        return new Report.ConfigurationReport(
                name,
                starts.size() + failures,
                failures,
                starts.stream().map(start -> start.beginNanos() / 1e6).toList(),
                Distribution.of(
                        starts.stream().map(Measured::firstResponseMillis).toList()),
                Distribution.of(
                        starts.stream().map(Measured::initializationMillis).toList()),
                phases,
                phases.isEmpty()
                        ? 0
                        : starts.stream().mapToDouble(Measured::accounted).min().orElseThrow(),
                Math.round(starts.stream()
                        .mapToLong(Measured::fetchedBytes)
                        .average()
                        .orElseThrow()),
                pages(behind -> behind.touchedBlocks().stream()),
                pages(behind -> LongStream.of(behind.hotBlocks())),
                pages(behind -> LongStream.of(behind.missedBlocks())),
                average(Measured.Origin::totalBytes),
                roundTrips(),
                starts.stream().map(MeasuredStarts::report).toList());
    }

    private static Report.StartReport report(Measured start) {
        return new Report.StartReport(
                start.firstResponseMillis(),
                start.phasesMillis(),
                start.fetchedBytes(),
                start.behind()
                        .map(Behind::missedBlocks)
                        .map(blocks -> blocks * PAGE_BYTES)
                        .orElse(null),
                start.origin().map(Measured.Origin::roundTrips).orElse(null));
    }

    /** The median, in bytes. */
    private @Nullable Long pages(Function<Behind, LongStream> blocks) {
        double[] counted = starts.stream()
                .flatMap(start -> start.behind().stream())
                .flatMapToLong(blocks)
                .mapToDouble(count -> count)
                .toArray();
        return counted.length == 0 ? null : PAGE_BYTES * (long) Distribution.median(DoubleStream.of(counted));
    }

    private @Nullable Long average(ToLongFunction<Measured.Origin> value) {
        OptionalDouble average = origins().mapToLong(value).average();
        return average.isPresent() ? Math.round(average.getAsDouble()) : null;
    }

    private @Nullable Integer roundTrips() {
        return origins().findAny().isPresent()
                ? (int) Distribution.median(origins().mapToDouble(Measured.Origin::roundTrips))
                : null;
    }

    private Stream<Measured.Origin> origins() {
        return starts.stream().flatMap(start -> start.origin().stream());
    }
}
