package dev.thaw.gateway.api;

import static java.util.Objects.requireNonNull;

import dev.thaw.gateway.http.Exchange;
import dev.thaw.gateway.http.Problem;
import dev.thaw.gateway.http.ProblemException;
import dev.thaw.gateway.text.Durations;
import dev.thaw.store.FrameCache;
import dev.thaw.store.Retention;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hc.core5.http.HttpException;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/store}: what the store's bytes are for, and its upkeep. */
public final class StoreApi {
    /** What {@code store gc} waits unless told otherwise. */
    public static final Duration GRACE = Duration.ofHours(24);

    private final Optional<SnapshotStore> store;
    private final List<FrameCache> copies;

    /**
     * @param store empty when nothing is published
     * @param copies of frames, which repairs take
     */
    public StoreApi(Optional<SnapshotStore> store, List<FrameCache> copies) {
        this.store = requireNonNull(store, "store is null");
        this.copies = List.copyOf(copies);
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/api/v1/store", (exchange, variables) -> {
                    Replies.parameters(exchange);
                    reply(exchange, opened -> StoreJson.usage(opened.location(), opened.usage(Cancellation.never())));
                }),
                new Route("POST", "/api/v1/store/collect", (exchange, variables) -> collect(exchange)),
                new Route("POST", "/api/v1/store/check", (exchange, variables) -> {
                    boolean repair = Replies.flag(Replies.parameters(exchange, "repair"), "repair");
                    reply(
                            exchange,
                            opened -> StoreJson.check(
                                    opened.location(), opened.check(repair, copies, Cancellation.never())));
                }));
    }

    private void collect(Exchange exchange) throws ProblemException, HttpException, IOException {
        Map<String, String> parameters = Replies.parameters(exchange, "grace", "dry_run", "max_age", "max_count");
        String text = parameters.get("grace");
        Duration grace = text == null ? GRACE : Durations.parse(text);
        boolean dryRun = Replies.flag(parameters, "dry_run");
        Retention retention = retention(parameters);
        reply(exchange, opened -> StoreJson.upkeep(opened, retention, grace, dryRun));
    }

    private static Retention retention(Map<String, String> parameters) throws ProblemException {
        String age = parameters.get("max_age");
        String count = parameters.get("max_count");
        try {
            return new Retention(
                    age == null ? Optional.empty() : Optional.of(Durations.parse(age)),
                    count == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(count)));
        } catch (NumberFormatException e) {
            throw Problem.badRequest("max_count is not a number: '" + count + "'.")
                    .asException();
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage())).asException();
        }
    }

    /** What is asked of the store. */
    private interface Question {
        ObjectNode ask(SnapshotStore store) throws StoreException;
    }

    private void reply(Exchange exchange, Question question) throws ProblemException, HttpException, IOException {
        if (store.isEmpty()) {
            throw Problem.of(
                            409,
                            "no-store",
                            "There is no store",
                            "This daemon publishes nothing. Only in the mode remote is there a store.")
                    .asException();
        }
        ObjectNode answer;
        try {
            answer = question.ask(store.get());
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.INVALID) {
                throw Problem.badRequest(String.valueOf(e.getMessage())).asException();
            }
            throw SnapshotsApi.unusable(e);
        }
        Replies.json(exchange, 200, answer);
    }
}
