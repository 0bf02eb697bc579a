package dev.thaw.lazy;

import static java.util.Objects.requireNonNull;

import dev.thaw.lazy.LazyException.Code;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A FUSE mount whose files are images, served on demand by this process.
 *
 * <p><b>Reading.</b> A page that is not in the page cache becomes a READ of the kernel's. One of a few threads takes it and asks the file's {@link ImageSource}; the
 * answer goes out from whichever thread has it, in any order, so that a slow block delays nobody but those who want it. Pages stay in the page cache from one opener to
 * the next, and all who map a file share them.
 *
 * <p><b>Outliving the daemon.</b> The descriptors of the mount are a holder's, a small process of its own. When this process ends without {@link #close}, readers wait,
 * and the next one that opens the same directory takes the mount up where it was left, requests under way included.
 *
 * <p>Nothing of a mount may be opened, read or mapped by the process that serves it.
 */
public final class LazyMount implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LazyMount.class);
    private static final Duration KERNEL_PATIENCE = Duration.ofSeconds(10);

    private final LazyMountSettings settings;
    private final Holder holder;
    private final boolean adopted;
    private final MountPoint place;
    private final LazyFiles files;
    private final FuseConnection connection;
    private final FuseServer server;
    private final Pusher pusher;
    private final Keeper keeper;
    private final Opener opener;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Set by the mount's owner, read by whoever fails a read. */
    private volatile Consumer<FailedRead> failures = _ -> {};

    private LazyMount(LazyMountSettings settings, Holder holder, boolean adopted, MountPoint place, LazyFiles files)
            throws IOException {
        this.settings = settings;
        this.holder = holder;
        this.adopted = adopted;
        this.place = place;
        this.files = files;
        String name = settings.directory().getFileName().toString();
        connection = new FuseConnection(holder.devices());
        keeper = new Keeper(connection, files, name);
        server = new FuseServer(connection, files, settings.readAheadBytes(), keeper::forgotten);
        pusher = new Pusher(connection, settings.pushQueueBytes(), name);
        opener = new Opener(name);
    }

    /** {@link #open(LazyMountSettings, Function)} where nothing that an earlier daemon left is wanted. */
    public static LazyMount open(LazyMountSettings settings) throws LazyException {
        return open(settings, name -> Optional.empty());
    }

    /**
     * Takes up the mount that an earlier daemon left in the directory, or makes one. Left mounts that nobody holds are removed.
     *
     * @param left gives the images of files that an earlier daemon served, by name; one may be asked for twice, when a closed file is still in use. Readers of those
     *     that are not given get I/O errors. Not asked for anything when the mount is new
     * @throws LazyException HOST when there can be no mount here: use whole images
     */
    public static LazyMount open(LazyMountSettings settings, Function<String, Optional<ImageSource>> left)
            throws LazyException {
        requireNonNull(left, "left is null");
        HolderProgram program = HolderProgram.install(settings.programDirectory());
        try {
            MountPoint place = MountPoint.at(settings);
            LazyMountSettings placed = place.settings();
            Optional<Holder> held = Holder.connect(placed.socket());
            NodeRecords records = new NodeRecords(placed.records());
            if (held.isEmpty()) {
                place.sweep();
                records.clear();
            }
            Holder holder = held.isPresent() ? held.get() : Holder.start(program, placed);
            LazyMount mount = new LazyMount(placed, holder, held.isPresent(), place, new LazyFiles(records));
            mount.begin(held.isPresent() ? records.read() : List.of(), left);
            return mount;
        } catch (LazyException e) {
            throw e;
        } catch (IOException e) {
            throw new LazyException(Code.HOST, "No mount at " + settings.directory() + ": " + e, e);
        }
    }

    private void begin(List<LeftNode> nodes, Function<String, Optional<ImageSource>> left) throws IOException {
        nodes.forEach(node -> restore(node, left));
        server.start(settings.directory().getFileName().toString());
        if (adopted) {
            takeOver();
        } else {
            awaitKernel();
        }
        place.setReadAhead();
        keeper.watch(settings.readPatience());
    }

    private void restore(LeftNode node, Function<String, Optional<ImageSource>> left) {
        Optional<ImageSource> given = left.apply(node.name());
        if (given.isPresent() && given.get().sizeBytes() != node.sizeBytes()) {
            log.error(
                    "The image for {} has {} bytes, not the {} that its readers know",
                    node.name(),
                    given.get().sizeBytes(),
                    node.sizeBytes());
            given.get().close();
            given = Optional.empty();
        }
        ImageSource source = given.orElseGet(() -> new LostSource(node.sizeBytes()));
        files.restore(node, entry -> file(entry, source));
    }

    private LazyFile file(LeftNode entry, ImageSource source) {
        return new LazyFile(this, entry, place.mountPoint().resolve(entry.name()), source);
    }

    private void takeOver() throws IOException {
        long result = connection.resend();
        if (result < 0) {
            log.warn(
                    "This kernel (before 6.9) cannot repeat requests, errno {}: who was reading when the last daemon"
                            + " ended must be killed",
                    -result);
        }
        for (LazyFile file : files.all()) {
            if (file.closed()) {
                keeper.forgotten(file.node());
            } else if (file.source() instanceof LostSource) {
                file.close();
            } else {
                file.pin();
            }
        }
    }

    private void awaitKernel() throws LazyException {
        boolean ready = false;
        try {
            ready = server.awaitInitialized(KERNEL_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ready) {
            close();
            throw new LazyException(Code.HOST, "The kernel did not agree on how to serve " + place.mountPoint());
        }
    }

    /** Whether this mount was taken up from an earlier daemon. */
    public boolean adopted() {
        return adopted;
    }

    /**
     * Makes an image a file. The source is the mount's from here on, and closed when nobody can read the file any more.
     *
     * @param name letters, digits, '.', '_' and '-', at most 200
     * @throws LazyException NAME_TAKEN, or CLOSED when the mount is gone; the source is still the caller's then
     */
    public LazyFile add(String name, ImageSource source) throws LazyException {
        if (closed.get()) {
            throw new LazyException(Code.CLOSED, "The mount at " + place.mountPoint() + " is closed.");
        }
        LazyFile file;
        try {
            file = files.add(name, source.sizeBytes(), entry -> file(entry, source));
        } catch (LazyException e) {
            throw e;
        } catch (IOException e) {
            throw new LazyException(Code.HOST, "The record of " + name + " cannot be written: " + e, e);
        }
        try {
            opener.pin(file);
            return file;
        } catch (IOException e) {
            forget(file);
            throw new LazyException(
                    Code.CLOSED, "The mount at " + place.mountPoint() + " is gone: " + e.getMessage(), e);
        }
    }

    private void forget(LazyFile file) {
        try {
            files.remove(file);
        } catch (IOException e) {
            log.warn("The record of {} stays", file.name(), e);
        }
    }

    /** Also those that are closed and still in use. */
    public Collection<LazyFile> files() {
        return files.all();
    }

    /** Those that are not closed, by name. */
    public Optional<LazyFile> file(String name) {
        return files.named(name);
    }

    /** Has each read that ends in an I/O error told, before who reads hears of it; who is told must not wait. */
    void onFailedRead(Consumer<FailedRead> listener) {
        failures = requireNonNull(listener, "listener is null");
    }

    void failed(FailedRead read) {
        failures.accept(read);
    }

    Pusher pusher() {
        return pusher;
    }

    void retire(LazyFile file) {
        try {
            files.close(file);
        } catch (IOException e) {
            log.warn(
                    "The record of {} cannot be changed: a next daemon will serve it as if it were open",
                    file.name(),
                    e);
        }
        keeper.retire(file);
    }

    /**
     * Leaves the mount to the next daemon: readers wait for it. Reads under way are left unanswered here, and asked again there. Sources are closed.
     */
    public void leave() {
        if (closed.compareAndSet(false, true)) {
            new Ending(server, pusher, keeper, connection, files, place).leave();
            holder.leave();
            opener.close();
        }
    }

    /** Unmounts. Who has files open may read on for {@link LazyMountSettings#closePatience}, then gets I/O errors. Nothing is left behind. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            new Ending(server, pusher, keeper, connection, files, place).unmount(settings.closePatience());
            holder.end();
            place.remove();
            opener.close();
        }
    }
}
