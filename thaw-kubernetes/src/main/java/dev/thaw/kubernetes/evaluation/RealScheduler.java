package dev.thaw.kubernetes.evaluation;

import dev.thaw.kubernetes.cluster.ControlPlane;
import dev.thaw.kubernetes.cluster.FakeNodes;
import dev.thaw.kubernetes.evaluation.Workload.Arrival;
import dev.thaw.kubernetes.extender.Extender;
import dev.thaw.kubernetes.extender.ExtenderConfig;
import dev.thaw.kubernetes.extender.ExtenderConfig.Rule;
import dev.thaw.kubernetes.publish.ReportPublisher;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Places instances as pods through a real API server, scheduler and extender, on nodes kept by kwok. */
final class RealScheduler implements Placer {
    private static final Duration BIND_LIMIT = Duration.ofSeconds(60);

    /** Simulated; half of what makes a node stale. */
    private static final double HEARTBEAT_SECONDS = 60;

    private static final int REQUESTS_AT_ONCE = 16;
    private static final String RUNNING =
            "{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}";

    private final KubernetesClient client;
    private final Contestant contestant;
    private final Map<String, ModelNode> nodes = new HashMap<>();
    private final @Nullable Extender extender;
    private final SharedIndexInformer<Pod> pods;

    /** By pod's name: completed with the node's name, or empty where no node has room. */
    private final Map<String, CompletableFuture<Optional<String>>> bound = new ConcurrentHashMap<>();

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore requests = new Semaphore(REQUESTS_AT_ONCE);
    private final AtomicLong simulatedNanos = new AtomicLong();
    private final List<Arrival> starting = new ArrayList<>();
    private double nextHeartbeat = HEARTBEAT_SECONDS;

    RealScheduler(ControlPlane plane, KubernetesClient client, Contestant contestant, List<ModelNode> modelNodes)
            throws IOException {
        this.client = client;
        this.contestant = contestant;
        modelNodes.forEach(node -> nodes.put(node.name, node));
        prepare();
        awaitUntainted();
        if (contestant.rule().isPresent()) {
            report(modelNodes, 0);
            extender = startExtender(contestant.rule().get());
        } else {
            extender = null;
        }
        plane.restartScheduler(SchedulerConfigurations.of(contestant, extender));
        pods = client.pods().inNamespace(NodeStates.NAMESPACE).runnableInformer(0);
        pods.addEventHandler(new Bindings());
        pods.start();
    }

    private void prepare() {
        client.namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NodeStates.NAMESPACE)
                        .endMetadata()
                        .build())
                .serverSideApply();
        all(nodes.values().stream()
                .filter(node -> client.nodes().withName(node.name).get() == null)
                .<Runnable>map(node -> () -> client.nodes()
                        .resource(FakeNodes.node(node.name, node.size.cores(), node.size.memoryBytes()))
                        .create())
                .toList());
    }

    /** The API server taints a new node until the node controller has seen it ready. */
    private void awaitUntainted() throws IOException {
        long deadline = System.nanoTime() + BIND_LIMIT.toNanos();
        while (client.nodes().list().getItems().stream()
                .anyMatch(node -> !node.getSpec().getTaints().isEmpty())) {
            if (System.nanoTime() > deadline) {
                throw new IOException("nodes are still tainted after " + BIND_LIMIT);
            }
            LockSupport.parkNanos(100_000_000);
        }
    }

    private Extender startExtender(Rule rule) throws IOException {
        Extender started = new Extender(
                ExtenderConfig.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .with(rule, contestant.costs(), contestant.scale()),
                client,
                simulatedNanos::get);
        long deadline = System.nanoTime() + BIND_LIMIT.toNanos();
        while (!started.ready()) {
            if (System.nanoTime() > deadline) {
                started.close();
                throw new IOException("the extender is not ready after " + BIND_LIMIT);
            }
            LockSupport.parkNanos(10_000_000);
        }
        return started;
    }

    private final class Bindings implements ResourceEventHandler<Pod> {
        @Override
        public void onAdd(Pod pod) {
            CompletableFuture<Optional<String>> waiting =
                    bound.get(pod.getMetadata().getName());
            if (waiting == null) {
                return;
            }
            if (pod.getSpec().getNodeName() != null) {
                waiting.complete(Optional.of(pod.getSpec().getNodeName()));
            } else if (pod.getStatus().getConditions().stream()
                    .anyMatch(condition -> "Unschedulable".equals(condition.getReason()))) {
                waiting.complete(Optional.empty());
            }
        }

        @Override
        public void onUpdate(Pod before, Pod now) {
            onAdd(now);
        }

        @Override
        public void onDelete(Pod pod, boolean finalStateUnknown) {}
    }

    @Override
    public List<@Nullable ModelNode> place(List<Arrival> arrivals) {
        if (!arrivals.isEmpty()) {
            simulatedNanos.set((long) (arrivals.getFirst().start() * 1e9));
        }
        arrivals.forEach(arrival -> bound.put(podName(arrival), new CompletableFuture<>()));
        all(arrivals.stream()
                .<Runnable>map(arrival -> () -> client.pods()
                        .inNamespace(NodeStates.NAMESPACE)
                        .resource(pod(arrival))
                        .create())
                .toList());
        List<@Nullable ModelNode> places = new ArrayList<>();
        List<Arrival> homeless = new ArrayList<>();
        for (Arrival arrival : arrivals) {
            Optional<String> node = await(podName(arrival));
            bound.remove(podName(arrival));
            places.add(node.map(nodes::get).orElse(null));
            (node.isEmpty() ? homeless : starting).add(arrival);
        }
        end(homeless);
        return places;
    }

    private Optional<String> await(String pod) {
        CompletableFuture<Optional<String>> waiting = bound.get(pod);
        try {
            return waiting == null ? Optional.empty() : waiting.get(BIND_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new IllegalStateException("pod " + pod + " was neither bound nor refused", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static String podName(Arrival arrival) {
        return "i" + arrival.id();
    }

    private static Pod pod(Arrival arrival) {
        Map<String, Quantity> resources = Map.of(
                "cpu", new Quantity(arrival.function().cpuMillis() + "m"),
                "memory", new Quantity(Long.toString(arrival.function().memoryBytes())));
        return new PodBuilder()
                .withNewMetadata()
                .withName(podName(arrival))
                .withNamespace(NodeStates.NAMESPACE)
                .addToLabels("thaw.dev/modelled", "true")
                .addToLabels("serving.knative.dev/revision", arrival.function().name())
                .endMetadata()
                .withNewSpec()
                .withSchedulerName("thaw")
                .addNewContainer()
                .withName("user-container")
                .withImage("function")
                .withNewResources()
                .withRequests(resources)
                .endResources()
                .endContainer()
                .endSpec()
                .build();
    }

    @Override
    public void end(List<Arrival> arrivals) {
        all(arrivals.stream()
                .<Runnable>map(arrival -> () -> client.pods()
                        .inNamespace(NodeStates.NAMESPACE)
                        .withName(podName(arrival))
                        .withGracePeriod(0)
                        .delete())
                .toList());
    }

    @Override
    public void publish(List<ModelNode> changed, double now) {
        if (extender == null) {
            return;
        }
        settle(extender);
        simulatedNanos.set((long) (now * 1e9));
        boolean heartbeat = now >= nextHeartbeat;
        if (heartbeat) {
            nextHeartbeat = now + HEARTBEAT_SECONDS;
        }
        List<ModelNode> reporting = heartbeat ? List.copyOf(nodes.values()) : changed;
        Instant published = report(reporting, now);
        // The step lasts a second, a watch milliseconds: what was published is known when the next step begins.
        await(
                () -> reporting.stream()
                        .allMatch(node -> !extender.index().heartbeat(node.name).isBefore(published)),
                "the extender has not seen the reports");
    }

    private Instant report(List<ModelNode> some, double now) {
        Instant heartbeat = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        all(some.stream()
                .<Runnable>map(node -> () -> new ReportPublisher(client, node.name, "evaluation", () -> heartbeat)
                        .publish(NodeStates.of(node, now)))
                .toList());
        return heartbeat;
    }

    /** The model has started the step's instances: their pods run. Waits until the extender has seen it. */
    private void settle(Extender watching) {
        all(starting.stream()
                .<Runnable>map(arrival -> () -> client.pods()
                        .inNamespace(NodeStates.NAMESPACE)
                        .withName(podName(arrival))
                        .subresource("status")
                        .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), RUNNING))
                .toList());
        starting.clear();
        await(() -> watching.index().counts().pendingPods() == 0, "the extender has not seen pods run");
    }

    private static void await(BooleanSupplier condition, String otherwise) {
        long deadline = System.nanoTime() + BIND_LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(otherwise + " after " + BIND_LIMIT);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Runs requests side by side, some at a time, and waits for all. */
    private void all(List<Runnable> tasks) {
        List<Future<?>> futures = new ArrayList<>();
        for (Runnable task : tasks) {
            futures.add(threads.submit(() -> {
                requests.acquireUninterruptibly();
                try {
                    task.run();
                } finally {
                    requests.release();
                }
            }));
        }
        for (Future<?> future : futures) {
            try {
                future.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a request failed: " + e.getCause(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    /** Removes the pods and reports, so that the next contestant begins with an empty cluster. */
    @Override
    public void close() {
        try {
            client.pods().inNamespace(NodeStates.NAMESPACE).withGracePeriod(0).delete();
            client.resources(dev.thaw.kubernetes.resource.NodeSnapshotCache.class)
                    .delete();
        } catch (KubernetesClientException e) {
            throw new IllegalStateException("the cluster could not be emptied", e);
        } finally {
            pods.close();
            if (extender != null) {
                extender.close();
            }
            threads.close();
        }
    }
}
