package dev.thaw.gateway.observe;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.ThawReads;
import dev.thaw.gateway.text.Json;
import dev.thaw.guest.Shortage;
import dev.thaw.node.FreezeRecord;
import dev.thaw.node.Revision;
import dev.thaw.node.StartRecord;
import dev.thaw.node.WorkerListener;
import dev.thaw.sandbox.SandboxExit;
import java.time.Clock;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** Hears all workers, and makes events, history and metrics of what it hears. */
public final class Observer {
    private static final long EVENT_BYTES = 1 << 20;

    private final Ring<Event> events = new Ring<>(EVENT_BYTES, Event::sizeBytes);
    private final History history = new History();
    private final Metrics metrics;
    private final Clock clock;

    public Observer(Metrics metrics, Clock clock) {
        this.metrics = requireNonNull(metrics, "metrics is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    public Ring<Event> events() {
        return events;
    }

    public History history() {
        return history;
    }

    public Metrics metrics() {
        return metrics;
    }

    /** What a worker's listener hears, with the worker's name added. */
    public WorkerListener of(String worker) {
        return new OfWorker(requireNonNull(worker, "worker is null"));
    }

    public void publish(String type, ObjectNode data) {
        events.add(new Event(clock.instant(), type, data));
    }

    private final class OfWorker implements WorkerListener {
        private final String worker;

        OfWorker(String worker) {
            this.worker = worker;
        }

        private ObjectNode about(Revision revision, String instance) {
            ObjectNode data = Json.object();
            data.put("worker", worker);
            data.put("function", revision.function());
            data.put("revision", revision.name());
            data.put("instance", instance);
            return data;
        }

        @Override
        public void started(StartRecord start) {
            history.add(start);
            metrics.started(start);
            publish("instance.started", Records.json(start));
        }

        @Override
        public void read(StartRecord start, ThawReads reads) {
            history.add(start, reads);
            metrics.read(worker, reads);
        }

        @Override
        public void adopted(StartRecord start) {
            history.add(start);
            metrics.adoption(worker, true);
            publish("instance.adopted", Records.json(start));
        }

        @Override
        public void adoptionFailed(Revision revision, String instance, String why) {
            history.add(revision.function(), failure(revision, instance, "instance", "it was not adopted: " + why));
            metrics.adoption(worker, false);
            ObjectNode data = about(revision, instance);
            data.put("why", why);
            publish("instance.not-adopted", data);
        }

        @Override
        public void startFailed(Revision revision, String instance, String why) {
            history.add(revision.function(), failure(revision, instance, "start", why));
            metrics.startFailed(worker);
            ObjectNode data = about(revision, instance);
            data.put("why", why);
            publish("instance.start-failed", data);
        }

        @Override
        public void frozen(FreezeRecord freeze) {
            history.add(freeze);
            metrics.frozen(freeze);
            publish("snapshot.frozen", Records.json(freeze));
        }

        @Override
        public void freezeFailed(Revision revision, String instance, String why, boolean survived) {
            history.add(revision.function(), failure(revision, instance, "freeze", why));
            metrics.freezeFailed(worker);
            ObjectNode data = about(revision, instance);
            data.put("why", why);
            data.put("survived", survived);
            publish("snapshot.freeze-failed", data);
        }

        @Override
        public void retired(Revision revision, String instance, String why) {
            metrics.retired(worker);
            ObjectNode data = about(revision, instance);
            data.put("why", why);
            publish("instance.retired", data);
        }

        @Override
        public void ranShort(Revision revision, String instance, Shortage shortage, String text) {
            history.add(revision.function(), failure(revision, instance, "instance", text));
            metrics.ranShort(worker, shortage.kind());
            ObjectNode data = about(revision, instance);
            data.put("why", text);
            data.put("of", shortage.kind().name().toLowerCase(Locale.ROOT));
            publish("instance.ran-short", data);
        }

        @Override
        public void died(Revision revision, String instance, SandboxExit exit) {
            history.add(revision.function(), failure(revision, instance, "instance", exit.text()));
            metrics.died(worker, exit.outOfMemory());
            ObjectNode data = about(revision, instance);
            data.put("why", exit.text());
            data.put("out_of_memory", exit.outOfMemory());
            publish("instance.died", data);
        }

        private History.Failure failure(Revision revision, String instance, String what, String why) {
            return new History.Failure(clock.instant(), worker, revision.name(), instance, what, why);
        }
    }
}
