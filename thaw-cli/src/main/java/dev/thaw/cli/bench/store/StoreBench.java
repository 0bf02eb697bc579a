package dev.thaw.cli.bench.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.cli.bench.Report;
import dev.thaw.store.ObjectSnapshotStore;
import dev.thaw.store.SnapshotStore;
import dev.thaw.store.object.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** What snapshots of many functions cost in a folder: all in one trust domain, and each in its own. */
public final class StoreBench {
    private static final String DOMAIN = "default";

    /** Those whose root file systems are public: what users build upon, with next to nothing of their own in it. */
    private static final Set<String> BASES = Set.of("hello-c", "hello-python", "hello-node", "hello-java");

    private final Path work;
    private final Consumer<String> progress;

    /** @param work an empty folder */
    public StoreBench(Path work, Consumer<String> progress) {
        this.work = requireNonNull(work, "work is null");
        this.progress = requireNonNull(progress, "progress is null");
    }

    public StoreReport run(List<FrozenFunction> functions, Report.Host host) throws IOException {
        // A redeploy comes after what it is a redeploy of, and after all others.
        List<FrozenFunction> inOrder = functions.stream()
                .sorted(Comparator.comparing((FrozenFunction function) ->
                        FrozenFunctions.redeployOf(function.name()).isPresent()))
                .toList();
        List<StoreReport.Function> published = new ArrayList<>();
        StoreReport.Domains one = oneDomain(inOrder, published);
        return new StoreReport(host, published, one, domainEach(inOrder));
    }

    private StoreReport.Domains oneDomain(List<FrozenFunction> functions, List<StoreReport.Function> published)
            throws IOException {
        try (SnapshotStore store = open("one-domain")) {
            for (FrozenFunction function : functions) {
                progress.accept(function.name() + ": publishing into one domain");
                long before = stored(store);
                store.publish(function.draft(DOMAIN), Cancellation.never());
                published.add(describe(function, stored(store) - before));
            }
            return StoreReport.Domains.of(1, store.usage(Cancellation.never()));
        }
    }

    private StoreReport.Domains domainEach(List<FrozenFunction> functions) throws IOException {
        try (ObjectSnapshotStore store = open("domain-each")) {
            for (FrozenFunction function : functions) {
                if (BASES.contains(function.name())) {
                    progress.accept(function.name() + ": publishing its root file system for all domains");
                    store.publishBase(function.name(), FrozenFunction.rootfs(function.folder()), Cancellation.never());
                }
            }
            for (FrozenFunction function : functions) {
                progress.accept(function.name() + ": publishing into a domain of its own");
                store.publish(function.draft(function.name()), Cancellation.never());
            }
            return StoreReport.Domains.of(functions.size(), store.usage(Cancellation.never()));
        }
    }

    private ObjectSnapshotStore open(String name) throws IOException {
        return PublishMain.open(Files.createDirectory(work.resolve(name)));
    }

    private static long stored(SnapshotStore store) throws IOException {
        return store.usage(Cancellation.never()).storedBytes();
    }

    private static List<Path> images(FrozenFunction function) {
        return List.of(FrozenFunction.rootfs(function.folder()), FrozenFunction.memory(function.folder()));
    }

    private static StoreReport.Function describe(FrozenFunction function, long added) throws IOException {
        long logical = 0;
        for (Path image : images(function)) {
            logical += Files.size(image);
        }
        Optional<String> redeployOf = FrozenFunctions.redeployOf(function.name());
        return new StoreReport.Function(
                function.name(), redeployOf.orElse(null), logical, added, (double) added / logical);
    }
}
