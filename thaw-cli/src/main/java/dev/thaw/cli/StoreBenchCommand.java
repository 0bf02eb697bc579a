package dev.thaw.cli;

import dev.thaw.cli.bench.Report;
import dev.thaw.cli.bench.store.StoreBench;
import dev.thaw.cli.bench.store.StoreReport;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "store",
        description = {
            "Measure what snapshots of many functions cost in a folder.",
            "Boots, invokes and freezes the samples and their variations, and publishes them all in one trust domain and each in its own."
        },
        footer = {"", "Example:", "  thaw bench store --frozen /var/tmp/frozen --json > store.json"})
final class StoreBenchCommand implements Runnable {
    private static final double MIB = 1 << 20;

    @Mixin
    private final Output output = new Output();

    @Mixin
    private final FrozenOptions frozen = new FrozenOptions();

    @Override
    public void run() {
        var unused = BenchRun.measure(output, this::measure, this::print);
    }

    private StoreReport measure() throws IOException {
        Report.Host host = BenchHost.describe();
        return frozen.measure(output::say, (functions, work) -> new StoreBench(work, output::say).run(functions, host));
    }

    private void print(StoreReport report) {
        Table functions = new Table("FUNCTION", "LOGICAL MIB", "ADDED MIB", "% OF LOGICAL", "REDEPLOY OF");
        for (StoreReport.Function function : report.functions()) {
            functions.row(
                    function.name(),
                    mib(function.logicalBytes()),
                    mib(function.addedBytes()),
                    decimal(100 * function.addedToLogical()),
                    function.redeployOf() == null ? "" : function.redeployOf());
        }
        output.print(functions);
        Table domains =
                new Table("DOMAINS", "LOGICAL MIB", "ZERO", "DEDUPLICATED", "COMPRESSED", "STORED", "LOGICAL ÷ STORED");
        row(domains, report.oneDomain());
        row(domains, report.domainEach());
        output.print(domains);
    }

    private static void row(Table table, StoreReport.Domains domains) {
        table.row(
                Integer.toString(domains.domains()),
                mib(domains.logicalBytes()),
                mib(domains.zeroBytes()),
                mib(domains.deduplicatedBytes()),
                mib(domains.compressedBytes()),
                mib(domains.storedBytes()),
                decimal(1 / domains.storedToLogical()));
    }

    private static String mib(long bytes) {
        return decimal(bytes / MIB);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
