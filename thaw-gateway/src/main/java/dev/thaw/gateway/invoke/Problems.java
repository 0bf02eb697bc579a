package dev.thaw.gateway.invoke;

import dev.thaw.gateway.http.Problem;
import dev.thaw.guest.FunctionExit;
import dev.thaw.guest.Shortage;
import dev.thaw.node.Claim;
import dev.thaw.node.NodeException;
import dev.thaw.node.Revision;
import dev.thaw.sandbox.SandboxExit;
import java.time.Duration;
import java.util.Optional;

/** What can go wrong with an invocation, as the client is told. */
final class Problems {
    private Problems() {}

    static Problem of(NodeException why, Revision revision) {
        String detail = String.valueOf(why.getMessage());
        Problem problem = switch (why.code()) {
            case NO_CAPACITY ->
                Problem.of(503, "no-capacity", "There is no room for another instance", detail)
                        .retryAfter(1);
            case QUEUE_FULL ->
                Problem.of(429, "too-many-invocations", "The function is at its limit", detail)
                        .retryAfter(1);
            case TIMED_OUT -> Problem.of(504, "timed-out", "No instance became free in time", detail);
            case START_FAILED -> Problem.of(502, "start-failed", "The function does not start", detail);
            case OUT_OF_MEMORY -> outOfMemory(revision, detail);
            case OUT_OF_DISK -> outOfDisk(revision, detail);
            case CLOSED ->
                Problem.of(503, "ending", "The function is not in service", detail)
                        .retryAfter(1);
        };
        return about(problem, revision);
    }

    static Problem brokeOff(Revision revision, Claim claim, Optional<SandboxExit> exit, String what) {
        String detail = exit.map(how -> "The function broke off the invocation: " + how.text() + ".")
                .orElseGet(() -> "The function broke off the invocation and its instance lives on: " + what + ".");
        Optional<Shortage> shortage = claim.shortage();
        FunctionExit.Cause cause = exit.map(SandboxExit::cause)
                .filter(how -> how != FunctionExit.Cause.ITSELF)
                .or(() -> shortage.map(Problems::causeOf))
                .orElse(FunctionExit.Cause.ITSELF);
        String said = shortage.map(s -> sentence(s.text(revision.shape().memoryBytes())) + " ")
                .orElse("");
        Problem problem = switch (cause) {
            case ITSELF -> Problem.of(502, "broke-off", "The function broke off", detail);
            case MEMORY -> outOfMemory(revision, said + detail);
            case DISK -> outOfDisk(revision, said + detail);
        };
        return about(problem, revision, claim);
    }

    private static FunctionExit.Cause causeOf(Shortage shortage) {
        return shortage.kind() == Shortage.Kind.MEMORY ? FunctionExit.Cause.MEMORY : FunctionExit.Cause.DISK;
    }

    private static Problem outOfMemory(Revision revision, String detail) {
        return Problem.of(
                502,
                "out-of-memory",
                "The function ran out of memory (" + memory(revision) + ")",
                detail + " Deploy it with more --memory.");
    }

    private static Problem outOfDisk(Revision revision, String detail) {
        return Problem.of(
                502,
                "out-of-disk",
                "The function ran out of disk",
                detail + " What it writes is kept in its memory of " + memory(revision)
                        + ", up to half of it. Deploy it with more --memory, or let it write less.");
    }

    private static String memory(Revision revision) {
        return (revision.shape().memoryBytes() >> 20) + " MiB";
    }

    private static String sentence(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
    }

    static Problem timedOut(Revision revision, Claim claim, Duration timeout) {
        return about(
                Problem.of(
                        504,
                        "timed-out",
                        "The function did not answer in time",
                        "No answer came within " + timeout.toMillis()
                                + " ms. Deploy the function with a longer --timeout if it needs it."),
                revision,
                claim);
    }

    private static Problem about(Problem problem, Revision revision) {
        return problem.with("function", revision.function()).with("revision", revision.name());
    }

    private static Problem about(Problem problem, Revision revision, Claim claim) {
        return about(problem, revision)
                .with("worker", claim.worker())
                .with("instance", "/api/v1/instances/" + claim.instance());
    }
}
