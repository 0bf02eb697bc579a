package dev.thaw.load;

import dev.thaw.load.plan.ConfigException;
import dev.thaw.load.trace.TraceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Tells a user what went wrong: one line for what he can mend, the whole trace for a mistake of ours. */
final class Failures {
    private static final int FAILED = 1;

    private Failures() {}

    static int report(Exception failure, CommandLine command, @Nullable ParseResult parsed) throws Exception {
        boolean expected = failure instanceof TraceException
                || failure instanceof ConfigException
                || failure instanceof IllegalArgumentException
                || failure instanceof IOException
                || failure instanceof UncheckedIOException;
        if (!expected) {
            throw failure;
        }
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + failure.getMessage());
        return FAILED;
    }
}
