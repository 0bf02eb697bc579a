package dev.thaw.cli;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/** What the commands that measure have in common. */
final class BenchRun {
    private BenchRun() {}

    /** Gives a report. */
    interface Measurement<R> {
        R run() throws IOException;
    }

    /**
     * Measures, and prints the report as a document or as {@code print} does, whichever is wanted.
     *
     * @throws CommandFailure when it was broken off
     */
    static <R> R measure(Output output, Measurement<R> measurement, Consumer<R> print) {
        R report;
        try {
            report = measurement.run();
        } catch (IOException e) {
            throw new CommandFailure("The benchmark was broken off: " + e.getMessage(), e);
        }
        if (output.json()) {
            output.print(JsonMapper.shared().valueToTree(report));
        } else {
            print.accept(report);
        }
        return report;
    }

    /** @throws IllegalArgumentException when there are fewer or more of them */
    static void requireBetween(int least, int most, String what, int given) {
        if (given < least || given > most) {
            throw new IllegalArgumentException(
                    "There are " + least + " to " + most + " " + what + ", not " + given + ".");
        }
    }

    /**
     * @param packages of Debian's that have them
     * @throws CommandFailure that names those that are not there
     */
    static void requirePrograms(List<String> programs, String packages) {
        List<String> missing =
                programs.stream().filter(name -> !HostFiles.hasProgram(name)).toList();
        if (!missing.isEmpty()) {
            throw new CommandFailure(
                    "This comparison needs " + String.join(", ", missing) + ". On Debian: apt-get install " + packages);
        }
    }
}
