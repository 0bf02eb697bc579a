package dev.thaw.gateway.invoke;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.function.DeployedFunction;
import dev.thaw.gateway.function.FunctionRegistry;
import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.http.RequestBody;
import dev.thaw.node.Claim;
import dev.thaw.node.NodeException;
import dev.thaw.node.Revision;
import dev.thaw.sandbox.Phase;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings an invocation to an instance and its answer back.
 *
 * <p>An invocation is tried once more, in another instance, when no connection comes about and nobody can have seen anything of
 * the request: the instance had just ended. Nothing else is ever repeated.
 *
 * <p>The revision's timeout bounds the time to the answer's head, and each silence of the body after it. An instance that lets it pass is
 * ended when nothing else is under way in it, for it would keep its place from those who wait; otherwise it goes on.
 */
public final class Invoker {
    private static final Logger log = LoggerFactory.getLogger(Invoker.class);

    /** Bodies up to this size are read before an instance is asked for, and travel with the request's head. */
    private static final int SMALL_BODY_BYTES = 32 << 10;

    /** For an instance whose connection broke to be known to have ended. */
    private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(1);

    private final Workers workers;
    private final FunctionRegistry functions;
    private final FunctionVersions versions;
    private final InvocationListener listener;

    public Invoker(
            Workers workers, FunctionRegistry functions, FunctionVersions versions, InvocationListener listener) {
        this.versions = requireNonNull(versions, "versions is null");
        this.workers = requireNonNull(workers, "workers is null");
        this.functions = requireNonNull(functions, "functions is null");
        this.listener = requireNonNull(listener, "listener is null");
    }

    /** @throws ProblemException when there is no answer of the function's */
    public void invoke(Invocation invocation) throws ProblemException, HttpException, IOException {
        try {
            byte[] smallBody = smallBody(invocation.exchange().body());
            if (!tryOnce(invocation, smallBody, true)) {
                tryOnce(invocation, smallBody, false);
            }
        } catch (ProblemException e) {
            listener.failed(
                    invocation.function().name(),
                    e.problem().status(),
                    e.problem().name());
            throw e;
        }
    }

    private static byte @Nullable [] smallBody(RequestBody body) throws IOException, ProblemException {
        boolean small = body.length().isPresent() && body.length().getAsLong() <= SMALL_BODY_BYTES;
        return small ? body.readAll(SMALL_BODY_BYTES) : null;
    }

    /** Returns false when it shall be tried again. */
    private boolean tryOnce(Invocation invocation, byte @Nullable [] smallBody, boolean mayRetry)
            throws ProblemException, HttpException, IOException {
        long registered = invocation.exchange().receivedNanos();
        Place place = claim(invocation, registered);
        Revision revision = place.revision();
        Duration limit = revision.limits().timeout();
        long deadline = registered + limit.toNanos();
        try (Claim claim = place.claim();
                Attempt attempt = new Attempt(invocation, revision, claim, smallBody, versions, remaining(deadline))) {
            ClassicHttpResponse head;
            try {
                attempt.send();
                head = attempt.receiveHead();
            } catch (IOException | HttpException e) {
                IOException clientFailure = attempt.clientFailure();
                if (clientFailure != null) {
                    throw clientFailure;
                }
                if (System.nanoTime() - deadline >= 0) {
                    claim.discardIfAlone("it did not answer within " + limit.toMillis() + " ms");
                    throw Problems.timedOut(revision, claim, limit).asException();
                }
                boolean untouched = smallBody != null && !attempt.accepted();
                if (untouched) {
                    claim.discard("no connection to it can be made: " + e.getMessage());
                }
                if (untouched && mayRetry) {
                    log.info("instance={} is gone, trying another: {}", claim.instance(), e.getMessage());
                    return false;
                }
                throw Problems.brokeOff(revision, claim, claim.awaitExit(EXIT_TIMEOUT), String.valueOf(e.getMessage()))
                        .asException();
            }
            Map<Phase, Double> phases = attempt.phasesMillis();
            listener.answered(revision.function(), claim.worker(), claim.kind(), head.getCode(), phases);
            attempt.timeout(limit);
            attempt.forward(head, phases);
            return true;
        }
    }

    private static Duration remaining(long deadline) {
        return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    }

    private record Place(Revision revision, Claim claim) {}

    /** A place in an instance of the current revision; of the newer one when that has just taken its place. */
    private Place claim(Invocation invocation, long registered) throws ProblemException {
        Revision revision = invocation.function().revision();
        while (true) {
            try {
                return new Place(revision, workers.claim(revision, invocation.worker(), registered));
            } catch (NodeException e) {
                Optional<Revision> newer = functions.find(revision.function()).map(DeployedFunction::revision);
                if (e.code() != NodeException.Code.CLOSED
                        || newer.isEmpty()
                        || newer.get().name().equals(revision.name())) {
                    throw Problems.of(e, revision).asException();
                }
                revision = newer.get();
            } catch (IllegalArgumentException e) {
                throw Problem.badRequest(String.valueOf(e.getMessage())).asException();
            }
        }
    }

    /** Finds the function that a request is for; empty when it is for Thaw itself. */
    public Optional<Invocation> route(Exchange exchange) throws ProblemException {
        return new Routing(functions).route(exchange);
    }
}
