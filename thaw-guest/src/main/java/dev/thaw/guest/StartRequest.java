package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What the agent is told to run.
 *
 * @param arguments the program and its arguments; a program without a slash is looked up in the environment's {@code PATH}
 * @param environment {@code KEY=value} entries, in order
 * @param workingDirectory an absolute path in the image
 * @param user {@code name}, {@code uid}, {@code uid:gid}, {@code name:group}, or empty for root
 * @param identity host name, machine id and boot id
 * @param wallClock the time that the guest's clock is set to
 * @param entropy the seed of the guest's random generator
 * @param stopSignal the signal that asks the function to end, 1 to 64
 * @param port where the function will listen, 1 to 65535
 * @param readyTimeout how long the function may take until it listens, in whole milliseconds
 */
public record StartRequest(
        List<String> arguments,
        List<String> environment,
        String workingDirectory,
        String user,
        GuestIdentity identity,
        Instant wallClock,
        Entropy entropy,
        int stopSignal,
        int port,
        Duration readyTimeout) {

    public StartRequest {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
        requireNonNull(workingDirectory, "workingDirectory is null");
        requireNonNull(user, "user is null");
        requireNonNull(identity, "identity is null");
        requireNonNull(wallClock, "wallClock is null");
        requireNonNull(entropy, "entropy is null");
        requireNonNull(readyTimeout, "readyTimeout is null");
        if (arguments.isEmpty() || arguments.getFirst().isEmpty()) {
            throw new IllegalArgumentException("Nothing to run: the image names no command, and none was given");
        }
        if (!workingDirectory.startsWith("/")) {
            throw new IllegalArgumentException("The working directory is not absolute: '" + workingDirectory + "'");
        }
        if (stopSignal < 1 || stopSignal > 64) {
            throw new IllegalArgumentException("Not a signal: " + stopSignal);
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("Not a port: " + port);
        }
        for (String entry : environment) {
            if (entry.indexOf('=') < 1) {
                throw new IllegalArgumentException("Not an environment entry: '" + entry + "'. Write KEY=value");
            }
        }
        checkNoNul(arguments);
        checkNoNul(environment);
        checkNoNul(List.of(workingDirectory, user));
    }

    private static void checkNoNul(List<String> values) {
        for (String value : values) {
            if (value.indexOf('\0') >= 0) {
                throw new IllegalArgumentException(
                        "A NUL character cannot be passed to a program: '" + value.replace('\0', '?') + "'");
            }
        }
    }
}
