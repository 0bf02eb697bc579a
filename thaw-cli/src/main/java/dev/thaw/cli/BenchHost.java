package dev.thaw.cli;

import dev.thaw.cli.bench.Report;
import dev.thaw.sandbox.HostCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Describes the machine that figures are from. */
final class BenchHost {
    private BenchHost() {}

    static Report.Host describe() throws IOException {
        HostCheck sandbox = HostCheck.run();
        return new Report.Host(
                field(Path.of("/proc/cpuinfo"), "model name"),
                Runtime.getRuntime().availableProcessors(),
                Long.parseLong(field(Path.of("/proc/meminfo"), "MemTotal").replaceAll("\\D", "")) << 10,
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(),
                System.getProperty("java.runtime.version", "unknown"),
                "qemu-microvm",
                sandbox.qemuVersion().orElse(""),
                sandbox.kvmObstacle().isPresent() ? "tcg" : "kvm");
    }

    private static String field(Path file, String name) throws IOException {
        List<String> lines = Files.readAllLines(file);
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("0");
    }
}
