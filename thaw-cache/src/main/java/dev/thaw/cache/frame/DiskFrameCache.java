package dev.thaw.cache.frame;

import static java.util.Objects.requireNonNull;

import dev.thaw.cache.CacheException;
import dev.thaw.cache.DirectoryLock;
import dev.thaw.cache.EvictionReason;
import dev.thaw.store.FrameCache;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.object.FileErrors;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache of frames in a directory of its own.
 *
 * <pre>
 * lock         held by the one process that has the cache open
 * data         slots of 4 KiB; a frame takes whole ones, in one run where there is one
 * journal      which frame lies in which slots; see {@link FrameJournal}
 * journal.new  being written; removed when the cache is opened
 * </pre>
 *
 * <h2>Trust</h2>
 *
 * None: whoever reads a frame opens it, which verifies it, and discards what does not open. So nothing is flushed, nothing
 * is checked when the cache is opened, and whatever a crash, a disk or an attacker makes of the files costs fetches.
 *
 * <h2>Writing</h2>
 *
 * A frame that is put is charged and given slots at once, evicting what has to go, and is read from memory until the one
 * writer has it on the disk. When more waits than may, frames are not taken: a thaw never waits for the disk's writes.
 *
 * <h2>Reading</h2>
 *
 * Reads hold no lock. The slots of a frame that is evicted meanwhile may get other bytes under the reader, who looks
 * afterwards whether the frame was still here and else looks for it again.
 *
 * <h2>Failures</h2>
 *
 * A disk that is full, read-only or broken is counted and logged once; frames that it does not take are dropped, frames that
 * it does not give are misses. No call fails for it.
 */
public final class DiskFrameCache implements FrameCache {
    private static final Logger LOG = LoggerFactory.getLogger(DiskFrameCache.class);

    private final DirectoryLock lock;
    private final NativeFile data;
    private final FrameJournal journal;
    private final FrameIndex index;
    private final FrameCounters counters = new FrameCounters();
    private final FrameWriter writer;
    private final Thread writing;
    private final ReadBuffers buffers = new ReadBuffers();
    private final ReadWriteLock files = new ReentrantReadWriteLock(); // for writing: to close them
    private final AtomicBoolean damageLogged = new AtomicBoolean();
    private boolean filesClosed; // guarded by files
    private boolean closed; // guarded by index

    private DiskFrameCache(DirectoryLock lock, NativeFile data, FrameJournal journal, FrameIndex index) {
        this.lock = lock;
        this.data = data;
        this.journal = journal;
        this.index = index;
        this.writer = new FrameWriter(index, data, journal, counters);
        this.writing = Thread.ofPlatform().name("frame-cache-writer").daemon().unstarted(writer);
    }

    /**
     * Opens a cache with what its journal speaks of, trimmed to its bounds; reads the journal, no frame.
     *
     * @param directory of this cache alone; made where it is not there
     * @throws CacheException UNUSABLE when the directory cannot be used, or another process uses it; never for what lies
     *     in it
     */
    public static DiskFrameCache open(Path directory, FrameCacheConfig config) throws CacheException {
        requireNonNull(config, "config is null");
        try {
            Files.createDirectories(directory);
            DirectoryLock lock = DirectoryLock.take(directory);
            DiskFrameCache cache = null;
            try {
                cache = open(lock, directory, config);
                return cache;
            } finally {
                if (cache == null) {
                    lock.close();
                }
            }
        } catch (CacheException e) {
            throw e;
        } catch (IOException e) {
            throw new CacheException(
                    CacheException.Code.UNUSABLE,
                    "Could not open the cache of frames " + directory + ": " + FileErrors.text(e) + ".",
                    e);
        }
    }

    private static DiskFrameCache open(DirectoryLock lock, Path directory, FrameCacheConfig config) throws IOException {
        Path file = directory.resolve("data");
        NativeFile data = NativeFile.open(file);
        boolean done = false;
        try {
            FrameIndex index = new FrameIndex(
                    config.bounds(), config.eviction().policy(), config.queue().bytes());
            long dataBytes = Files.size(file);
            FrameJournal.Contents contents = FrameJournal.open(directory, dataBytes);
            DiskFrameCache cache = new DiskFrameCache(lock, data, contents.journal(), index);
            cache.begin(contents.frames(), dataBytes);
            done = true;
            return cache;
        } finally {
            if (!done) {
                data.close();
            }
        }
    }

    private void begin(List<FrameRecord> frames, long dataBytes) {
        synchronized (index) {
            index.restore(frames, dataBytes);
        }
        writing.start();
    }

    @Override
    public Optional<byte[]> get(FrameKey frame) {
        requireNonNull(frame, "frame is null");
        while (true) {
            FrameEntry entry;
            synchronized (index) {
                Optional<FrameEntry> here = closed ? Optional.empty() : index.use(frame);
                if (here.isEmpty()) {
                    counters.misses.increment();
                    return Optional.empty();
                }
                entry = here.get();
                byte @Nullable [] pending = entry.bytes;
                if (pending != null) {
                    return Optional.of(given(pending.clone()));
                }
            }
            Optional<byte[]> sealed = read(entry);
            VarHandle.fullFence(); // what was read was read before this is asked
            if (!entry.gone && sealed.isPresent()) {
                return Optional.of(given(sealed.get()));
            }
        }
    }

    private byte[] given(byte[] sealed) {
        counters.hits.increment();
        counters.bytesOut.add(sealed.length);
        return sealed;
    }

    /** Empty when it cannot be read, and has gone for it, or the cache has been closed. */
    private Optional<byte[]> read(FrameEntry entry) {
        files.readLock().lock();
        MemorySegment buffer = buffers.take();
        try {
            return filesClosed ? Optional.empty() : readWhole(entry, buffer);
        } catch (IOException e) {
            lost(entry, FileErrors.text(e));
            return Optional.empty();
        } finally {
            buffers.giveBack(buffer);
            files.readLock().unlock();
        }
    }

    private Optional<byte[]> readWhole(FrameEntry entry, MemorySegment buffer) throws IOException {
        byte[] sealed = new byte[entry.length];
        int at = 0;
        for (int run = 0; run < entry.extents.count(); run++) {
            int some = Math.min(entry.extents.length(run) * Slots.BYTES, entry.length - at);
            long got = data.read(buffer, some, (long) entry.extents.first(run) * Slots.BYTES);
            if (got < some) {
                lost(entry, "the file ends before it");
                return Optional.empty();
            }
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, sealed, at, some);
            at += some;
        }
        return Optional.of(sealed);
    }

    private void lost(FrameEntry entry, String why) {
        counters.faults.increment();
        synchronized (index) {
            index.evict(entry, EvictionReason.CORRUPT);
        }
        if (damageLogged.compareAndSet(false, true)) {
            LOG.warn(
                    "A frame in the cache could not be read; further ones are only counted pack={} frame={} reason={}",
                    entry.key.pack(),
                    entry.key.number(),
                    why);
        }
    }

    @Override
    public boolean has(FrameKey frame) {
        synchronized (index) {
            return !closed && index.find(frame).isPresent();
        }
    }

    @Override
    public void put(FrameKey frame, byte[] sealed) {
        requireNonNull(frame, "frame is null");
        requireNonNull(sealed, "sealed is null");
        synchronized (index) {
            if (closed) {
                index.refuse(PutRefusal.CLOSED);
            } else {
                index.put(frame, sealed);
            }
        }
    }

    @Override
    public void discard(FrameKey frame) {
        synchronized (index) {
            index.find(frame).ifPresent(entry -> index.evict(entry, EvictionReason.CORRUPT));
        }
    }

    @Override
    public Pin pin(Collection<FrameKey> frames) {
        List<FrameKey> held = List.copyOf(frames);
        synchronized (index) {
            index.pin(held);
        }
        AtomicBoolean letGo = new AtomicBoolean();
        return () -> {
            if (letGo.compareAndSet(false, true)) {
                synchronized (index) {
                    index.unpin(held);
                }
            }
        };
    }

    public FrameCacheStats stats() {
        synchronized (index) {
            return index.stats(counters, journal.bytes());
        }
    }

    /** Waits until what was put so far has been written, or dropped. */
    void drain() throws InterruptedException {
        writer.drain();
    }

    /** Writes what waits, and a journal that opens fast; later calls of all methods find nothing here. */
    @Override
    public void close() {
        synchronized (index) {
            if (closed) {
                return;
            }
            closed = true;
        }
        writer.end();
        boolean interrupted = joinWriter();
        files.writeLock().lock();
        try {
            filesClosed = true;
            closeFiles();
        } finally {
            files.writeLock().unlock();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The writer's work is bounded by its queue. @return whether this thread was interrupted meanwhile */
    private boolean joinWriter() {
        boolean interrupted = false;
        while (writing.isAlive()) {
            try {
                writing.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    private void closeFiles() {
        List<FrameRecord> left;
        synchronized (index) {
            left = index.written();
        }
        try (lock;
                data;
                journal) {
            journal.rewrite(left);
        } catch (IOException e) {
            LOG.warn("The cache of frames could not be closed in order reason={}", FileErrors.text(e));
        }
    }
}
