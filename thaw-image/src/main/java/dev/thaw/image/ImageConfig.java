package dev.thaw.image;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How an image wants to be run, as its configuration says.
 *
 * @param entrypoint the program and its first arguments
 * @param cmd further arguments, or the program when there is no entry point
 * @param env {@code K=V} in the image's order
 * @param user {@code name}, {@code uid}, {@code uid:gid} or {@code name:group}; empty for root
 * @param workingDir absolute; {@code /} when the image names none
 * @param stopSignal a signal's name or number; {@code SIGTERM} when the image names none
 * @param exposedPorts TCP ports
 */
public record ImageConfig(
        List<String> entrypoint,
        List<String> cmd,
        List<String> env,
        String user,
        String workingDir,
        String stopSignal,
        SortedSet<Integer> exposedPorts) {
    public ImageConfig {
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        env = List.copyOf(env);
        exposedPorts = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(exposedPorts));
    }
}
