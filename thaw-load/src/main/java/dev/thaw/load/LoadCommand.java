package dev.thaw.load;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code load}: its subcommands do the work. */
@Command(
        name = "load",
        description = "Plans, sends and samples traces, as In-Vitro does.",
        mixinStandardHelpOptions = true,
        subcommands = {PlanCommand.class, RunCommand.class, SampleCommand.class},
        footer = {"", "Example:", "  thaw load plan traces/cold-start.json --json"})
public final class LoadCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing subcommand: plan, run or sample.");
    }

    /** The command with the exit codes of all commands: 0 done, 1 failed, 2 wrong usage. */
    public static CommandLine commandLine() {
        return new CommandLine(new LoadCommand()).setExecutionExceptionHandler(Failures::report);
    }

    /** Runs the command alone. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }
}
