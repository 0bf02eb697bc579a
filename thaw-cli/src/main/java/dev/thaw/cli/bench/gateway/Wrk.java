package dev.thaw.cli.bench.gateway;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The load generator {@code wrk}: one thread, connections that each wait for their answer before they ask again. */
final class Wrk {
    private static final Pattern LATENCY = Pattern.compile("^\\s+(50|99)%\\s+([0-9.]+)(us|ms|s)$", Pattern.MULTILINE);
    private static final Pattern RATE = Pattern.compile("^Requests/sec:\\s+([0-9.]+)$", Pattern.MULTILINE);
    private static final Pattern COUNT = Pattern.compile("^\\s+([0-9]+) requests in ", Pattern.MULTILINE);

    private Wrk() {}

    /** @param errors answers that were no 2xx, and connections that failed */
    record Result(double perSecond, double p50Millis, double p99Millis, long requests, boolean errors) {}

    static Result run(InetSocketAddress server, String path, int connections, Duration time) throws IOException {
        String url = "http://" + server.getAddress().getHostAddress() + ":" + server.getPort() + path;
        Process process = new ProcessBuilder(List.of(
                        "wrk", "-t", "1", "-c", "" + connections, "-d", time.toSeconds() + "s", "--latency", url))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("wrk failed: " + output.strip());
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while wrk ran", e);
        }
        return parse(output);
    }

    static Result parse(String output) throws IOException {
        double p50 = -1;
        double p99 = -1;
        Matcher latencies = LATENCY.matcher(output);
        while (latencies.find()) {
            double millis = Double.parseDouble(latencies.group(2))
                    * switch (latencies.group(3)) {
                        case "us" -> 1e-3;
                        case "ms" -> 1;
                        default -> 1e3;
                    };
            if (latencies.group(1).equals("50")) {
                p50 = millis;
            } else {
                p99 = millis;
            }
        }
        Matcher rate = RATE.matcher(output);
        Matcher count = COUNT.matcher(output);
        if (p50 < 0 || p99 < 0 || !rate.find() || !count.find()) {
            throw new IOException("wrk's report cannot be read: " + output.strip());
        }
        boolean errors = output.contains("Non-2xx") || output.contains("Socket errors");
        return new Result(Double.parseDouble(rate.group(1)), p50, p99, Long.parseLong(count.group(1)), errors);
    }
}
