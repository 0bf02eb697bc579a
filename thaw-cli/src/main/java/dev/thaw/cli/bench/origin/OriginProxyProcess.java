package dev.thaw.cli.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.thaw.cli.jvm.JavaCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** A proxy in a process of its own, and the commands to it. Ends with this process. Safe for use by many threads. */
public final class OriginProxyProcess implements AutoCloseable {
    /**
     * What passed since the mark.
     *
     * @param readBytes of the bodies of answers to reads of objects
     * @param roundTrips the longest chain of requests of which each began after the one before it had ended
     * @param changingReads reads answered of objects that change: pointers, lists, wrapped keys
     * @param repeatedReads reads answered of other objects of which some bytes had been answered before
     * @param repeatedBytes those bytes
     */
    public record Counts(
            long requests,
            long reads,
            @JsonProperty("read_bytes") long readBytes,
            @JsonProperty("round_trips") int roundTrips,
            @JsonProperty("changing_reads") long changingReads,
            @JsonProperty("repeated_reads") long repeatedReads,
            @JsonProperty("repeated_bytes") long repeatedBytes) {}

    private static final Duration END = Duration.ofSeconds(5);

    private final Process process;
    private final URI endpoint;
    private final Socket control;
    private final BufferedReader answers;

    private OriginProxyProcess(Process process, URI endpoint, Socket control) throws IOException {
        this.process = requireNonNull(process, "process is null");
        this.endpoint = requireNonNull(endpoint, "endpoint is null");
        this.control = requireNonNull(control, "control is null");
        answers = new BufferedReader(new InputStreamReader(control.getInputStream(), UTF_8));
    }

    /** Starts a proxy in front of the server that listens at {@code port} on loopback. */
    public static OriginProxyProcess start(StoreProfile profile, int port) throws IOException {
        List<String> command = JavaCommand.begin();
        command.addAll(List.of(
                "-Xms64m",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                OriginProxyMain.class.getName(),
                profile.label(),
                Integer.toString(port)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String line = process.inputReader(UTF_8).readLine();
            if (line == null) {
                throw new IOException("The proxy in front of the store does not start.");
            }
            String[] ports = line.split(" ", -1);
            return new OriginProxyProcess(
                    process,
                    URI.create("http://127.0.0.1:" + ports[0]),
                    new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(ports[1])));
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Where clients find the server. */
    public URI endpoint() {
        return endpoint;
    }

    /** Does this to each of the next reads of objects. */
    public void fault(Fault fault, int times) throws IOException {
        command("fault " + fault.label() + " " + times);
    }

    /** Lets the first byte of each of the next reads of objects come later by {@code delay}. */
    public void delay(int times, Duration delay) throws IOException {
        command("fault " + Fault.DELAY.label() + " " + times + " " + delay.toMillis());
    }

    /** Forgets the faults that are still to be done. */
    public void clearFaults() throws IOException {
        command("clear");
    }

    /** How many such faults have been done. */
    public long done(Fault fault) throws IOException {
        return Long.parseLong(command("done " + fault.label()));
    }

    /** Resets all connections from now on. */
    public void die() throws IOException {
        command("dead");
    }

    /** Serves again. */
    public void comeBack() throws IOException {
        command("back");
    }

    /** Counts from here. */
    public void mark() throws IOException {
        command("mark");
    }

    public Counts counts() throws IOException {
        String[] words = command("counts").split(" ", -1);
        return new Counts(
                Long.parseLong(words[0]),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Integer.parseInt(words[3]),
                Long.parseLong(words[4]),
                Long.parseLong(words[5]),
                Long.parseLong(words[6]));
    }

    private synchronized String command(String line) throws IOException {
        control.getOutputStream().write((line + "\n").getBytes(UTF_8));
        String answer = answers.readLine();
        if (answer == null || !answer.startsWith("ok")) {
            throw new IOException("The proxy in front of the store refuses '" + line + "': " + answer);
        }
        return answer.substring("ok".length()).strip();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(END)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        control.close();
    }
}
