package dev.thaw.lazy;

import dev.thaw.store.PartKind;
import dev.thaw.store.SnapshotStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The mounts of one worker: guest memory, root file systems, and one that only records. */
public final class LazyMounts implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LazyMounts.class);

    private final Path directory;
    private final LazyMount memory;
    private final LazyMount disk;
    private final LazyMount recording;
    private final LazyThreads threads;

    private LazyMounts(Path directory, LazyMount memory, LazyMount disk, LazyMount recording, LazyThreads threads) {
        this.directory = directory;
        this.threads = threads;
        this.memory = memory;
        this.disk = disk;
        this.recording = recording;
    }

    /**
     * @param directory a short path, this worker's alone
     * @param programs where the holder's program may be put
     * @param store to open again what instances of an earlier daemon use
     * @param patience for a block of an image; then who reads it gets an I/O error
     * @throws LazyException HOST when there can be no such mounts here
     */
    public static LazyMounts open(Path directory, Path programs, SnapshotStore store, Duration patience)
            throws LazyException {
        LazyThreads threads = new LazyThreads(patience, new Troubles());
        LeftImages left = new LeftImages(store, threads);
        LazyMount memory = LazyMount.open(
                patient(LazyMountSettings.forMemory(directory.resolve("memory"), programs), patience)
                        .withReadAhead(0),
                name -> left.open(name, PartKind.MEMORY));
        LazyMount disk = null;
        try {
            disk = LazyMount.open(
                    patient(LazyMountSettings.forDisk(directory.resolve("disk"), programs), patience),
                    name -> left.open(name, PartKind.ROOTFS));
            LazyMount recording = LazyMount.open(
                    patient(LazyMountSettings.forRecording(directory.resolve("recording"), programs), patience),
                    name -> left.open(name, name.endsWith("-memory") ? PartKind.MEMORY : PartKind.ROOTFS));
            List.of(memory, disk, recording).forEach(LazyMounts::letGo);
            return new LazyMounts(directory, memory, disk, recording, threads);
        } catch (LazyException e) {
            memory.close();
            if (disk != null) {
                disk.close();
            }
            throw e;
        }
    }

    /** What an earlier daemon had open is there for who has it open still, and for nobody else: nothing begins with it any more. */
    private static void letGo(LazyMount mount) {
        mount.files().forEach(LazyFile::close);
    }

    /** Images give up by themselves first, with a better reason. */
    private static LazyMountSettings patient(LazyMountSettings settings, Duration patience) {
        return settings.withPatience(
                patience.plus(settings.readPatience().dividedBy(2)),
                settings.closePatience(),
                settings.holderPatience());
    }

    /** Has each read that ends in an I/O error told, before who reads hears of it; who is told must not wait. */
    void onFailedRead(Consumer<FailedRead> listener) {
        memory.onFailedRead(listener);
        disk.onFailedRead(listener);
        recording.onFailedRead(listener);
    }

    Duration patience() {
        return threads.patience();
    }

    Troubles troubles() {
        return threads.troubles();
    }

    LazyMount memory() {
        return memory;
    }

    LazyMount disk() {
        return disk;
    }

    LazyMount recording() {
        return recording;
    }

    /** Leaves the mounts, and whatever is read through them, to the next daemon. */
    void leave() {
        memory.leave();
        disk.leave();
        recording.leave();
        threads.close();
    }

    /** Unmounts. Who has files open gets I/O errors soon. */
    @Override
    public void close() {
        memory.close();
        disk.close();
        recording.close();
        threads.close();
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            log.warn("{} could not be removed", directory, e);
        }
    }
}
