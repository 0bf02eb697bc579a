package dev.thaw.cli;

import dev.thaw.gateway.text.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What all commands have in common: help, and errors that teach. */
final class Usage {
    private Usage() {}

    static CommandLine prepare(CommandLine root) {
        addHelp(root);
        root.setParameterExceptionHandler((exception, args) -> refuse(exception));
        root.setExecutionExceptionHandler((exception, command, result) -> fail(exception, command));
        root.setExecutionStrategy(result -> {
            Integer help = CommandLine.executeHelpRequest(result);
            if (help != null) {
                return help;
            }
            CommandLine.ParseResult last = result;
            while (last.hasSubcommand()) {
                last = last.subcommand();
            }
            if (last.commandSpec().userObject() instanceof Runnable
                    || last.commandSpec().userObject() instanceof Callable<?>) {
                return new CommandLine.RunLast().execute(result);
            }
            // A name of a group, or none at all.
            last.commandSpec()
                    .commandLine()
                    .usage(last.commandSpec().commandLine().getErr());
            return ExitCode.USAGE;
        });
        return root;
    }

    private static void addHelp(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        spec.usageMessage().width(100).autoWidth(false);
        if (!spec.optionsMap().containsKey("--help")) {
            spec.addOption(OptionSpec.builder("-h", "--help")
                    .usageHelp(true)
                    .description("Show this help.")
                    .build());
        }
        command.getSubcommands().values().forEach(Usage::addHelp);
    }

    private static int refuse(ParameterException exception) {
        CommandLine command = exception.getCommandLine();
        command.getErr().println(explain(exception, command));
        command.getErr().println("See: " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    private static String explain(ParameterException exception, CommandLine command) {
        if (exception instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String given = unmatched.getUnmatched().getFirst();
            if (given.startsWith("-")) {
                String name = given.contains("=") ? given.substring(0, given.indexOf('=')) : given;
                return "Unknown flag '" + name + "'." + Nearest.hint(name, flags(command.getCommandSpec()));
            }
            if (!command.getSubcommands().isEmpty()) {
                return "Unknown command '" + given + "'."
                        + Nearest.hint(given, command.getSubcommands().keySet());
            }
            return "Not expected here: '" + given + "'.";
        }
        if (exception instanceof MissingParameterException missing) {
            return missing.getMessage() + ".";
        }
        Throwable cause = exception.getCause();
        return cause instanceof IllegalArgumentException && cause.getMessage() != null
                ? exception.getMessage() == null ? cause.getMessage() : exception.getMessage()
                : String.valueOf(exception.getMessage());
    }

    private static List<String> flags(CommandSpec spec) {
        return new ArrayList<>(spec.optionsMap().keySet());
    }

    private static int fail(Exception exception, CommandLine command) throws Exception {
        if (exception instanceof CommandFailure || exception instanceof IllegalArgumentException) {
            command.getErr().println(exception.getMessage());
            return exception instanceof CommandFailure ? ExitCode.SOFTWARE : ExitCode.USAGE;
        }
        throw exception;
    }
}
