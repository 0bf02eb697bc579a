package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

/** Ends a request with a problem document. */
public final class ProblemException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    public ProblemException(Problem problem) {
        super(requireNonNull(problem, "problem is null").detail());
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
