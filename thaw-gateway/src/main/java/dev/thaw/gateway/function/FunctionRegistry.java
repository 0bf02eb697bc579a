package dev.thaw.gateway.function;

import static java.util.Objects.requireNonNull;

import dev.thaw.node.Revision;
import dev.thaw.node.RootFilesystems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The functions that are deployed. They outlive the daemon. */
public final class FunctionRegistry implements RootFilesystems {
    private static final Logger log = LoggerFactory.getLogger(FunctionRegistry.class);

    private final FunctionFiles files;
    private final Images images;
    private final Listener listener;
    private final Clock clock;
    private final Map<String, DeployedFunction> functions = new ConcurrentSkipListMap<>();

    /** Hears which revisions come into and go out of service. */
    public interface Listener {
        void deployed(DeployedFunction function);

        /** @param why for those who wait for an instance of it */
        void removed(Revision revision, String why);
    }

    private FunctionRegistry(FunctionFiles files, Images images, Listener listener, Clock clock) {
        this.files = requireNonNull(files, "files is null");
        this.images = requireNonNull(images, "images is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** Takes up what an earlier daemon knew. */
    public static FunctionRegistry open(Path folder, SpecJson specs, Images images, Listener listener, Clock clock)
            throws IOException {
        FunctionRegistry registry = new FunctionRegistry(new FunctionFiles(folder, specs), images, listener, clock);
        for (DeployedFunction function : registry.files.load()) {
            registry.functions.put(function.name(), function);
        }
        return registry;
    }

    /**
     * Makes a new revision and puts it in the place of the one before.
     *
     * @throws IllegalArgumentException when something of it cannot be, with a text for the user
     * @throws IOException when the image cannot be had
     */
    public DeployedFunction deploy(FunctionSpec spec, Consumer<String> progress) throws IOException {
        ResolvedImage image = images.resolve(spec.image(), progress);
        DeployedFunction next;
        Optional<DeployedFunction> before;
        synchronized (this) {
            before = find(spec.name());
            Instant now = clock.instant();
            next = DeployedFunction.of(
                    spec,
                    before.map(DeployedFunction::generation).orElse(0) + 1,
                    before.map(DeployedFunction::createdAt).orElse(now),
                    now,
                    image);
            files.save(next);
            functions.put(next.name(), next);
        }
        log.info(
                "function={} revision={} image={} deployed",
                next.name(),
                next.revision().name(),
                image.image());
        before.ifPresent(old -> listener.removed(old.revision(), "A newer revision has taken its place."));
        listener.deployed(next);
        return next;
    }

    /** Returns whether it was there. */
    public boolean delete(String name) throws IOException {
        DeployedFunction gone;
        synchronized (this) {
            gone = functions.get(name);
            if (gone == null) {
                return false;
            }
            files.delete(name);
            functions.remove(name);
        }
        log.info("function={} deleted", name);
        listener.removed(gone.revision(), "The function was deleted.");
        return true;
    }

    public Optional<DeployedFunction> find(String name) {
        return Optional.ofNullable(functions.get(name));
    }

    public List<DeployedFunction> list() {
        return List.copyOf(functions.values());
    }

    public Set<String> names() {
        return Set.copyOf(functions.keySet());
    }

    @Override
    public Rootfs open(Revision revision) throws IOException {
        DeployedFunction function = functions.get(revision.function());
        if (function == null || !function.revision().name().equals(revision.name())) {
            throw new IOException("Revision " + revision.name() + " is not deployed any more.");
        }
        ResolvedImage image = function.image();
        if (!Files.isRegularFile(image.rootfs())) {
            // The images' folder was cleared: make it again.
            ResolvedImage again = images.resolve(function.spec().image(), progress -> {});
            if (!again.rootfsDigest().equals(image.rootfsDigest())) {
                throw new IOException("The root file system of " + revision.name() + " is gone, and "
                        + function.spec().image() + " is another image by now. Deploy the function again.");
            }
            return new Rootfs(again.rootfs(), again.rootfsDigest());
        }
        return new Rootfs(image.rootfs(), image.rootfsDigest());
    }
}
