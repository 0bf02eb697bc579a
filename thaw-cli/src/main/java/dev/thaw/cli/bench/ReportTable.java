package dev.thaw.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A report as rows for people: header first. */
public final class ReportTable {
    private static final double MIB = 1 << 20;

    private ReportTable() {}

    /** One row a configuration; the ratio is to the median boot. */
    public static List<List<String>> rows(Report report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "FUNCTION",
                "START",
                "N",
                "FAILED",
                "P50 MS",
                "P95 MS",
                "MIN",
                "MAX",
                "÷ BOOT",
                "ACCOUNTED",
                "FETCHED MIB",
                "TRIPS",
                "PHASES (MEAN MS)"));
        for (Report.FunctionReport function : report.functions()) {
            Optional<Double> boot = median(function, "boot");
            for (Report.ConfigurationReport configuration : function.configurations()) {
                rows.add(row(function.name(), configuration, boot));
            }
        }
        return rows;
    }

    private static List<String> row(String function, Report.ConfigurationReport configuration, Optional<Double> boot) {
        @Nullable Distribution times = configuration.firstResponseMillis();
        if (times == null) {
            return List.of(
                    function,
                    configuration.name(),
                    "0",
                    Integer.toString(configuration.failures()),
                    "-",
                    "-",
                    "-",
                    "-",
                    "-",
                    "-",
                    "-",
                    "-",
                    "");
        }
        return List.of(
                function,
                configuration.name(),
                Integer.toString(configuration.iterations()),
                Integer.toString(configuration.failures()),
                decimal(times.p50()),
                decimal(times.p95()),
                decimal(times.min()),
                decimal(times.max()),
                boot.map(median -> String.format(Locale.ROOT, "%.3f", times.p50() / median))
                        .orElse("-"),
                configuration.phasesMillis().isEmpty() ? "-" : decimal(100 * configuration.accountedRatio()) + "%",
                decimal(configuration.fetchedBeforeResponseBytes() / MIB),
                configuration.roundTrips() == null
                        ? "-"
                        : configuration.roundTrips().toString(),
                phases(configuration.phasesMillis()));
    }

    private static Optional<Double> median(Report.FunctionReport function, String name) {
        return function.configurations().stream()
                .filter(configuration -> configuration.name().equals(name))
                .flatMap(configuration -> Optional.ofNullable(configuration.firstResponseMillis()).stream())
                .map(Distribution::p50)
                .findFirst();
    }

    private static String phases(Map<String, Double> phases) {
        return phases.entrySet().stream()
                .filter(phase -> phase.getValue() >= 0.05)
                .map(phase -> phase.getKey() + " " + decimal(phase.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
