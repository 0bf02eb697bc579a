package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * The process that a guest runs.
 *
 * @param argv program and arguments; not empty
 * @param environment as {@code K=V}
 * @param workingDirectory an absolute path; empty is {@code /}
 * @param user as in an image's configuration; empty for root
 * @param stopSignal the number of the signal that asks it to end
 * @param port where it will listen
 */
public record FunctionProcess(
        List<String> argv, List<String> environment, String workingDirectory, String user, int stopSignal, int port) {
    public FunctionProcess {
        argv = List.copyOf(argv);
        environment = List.copyOf(environment);
        requireNonNull(workingDirectory, "workingDirectory is null");
        requireNonNull(user, "user is null");
        if (argv.isEmpty()) {
            throw new IllegalArgumentException("There is no command: the image has neither Entrypoint nor Cmd.");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("The port is " + port + "; it must be from 1 to 65535.");
        }
    }
}
