package dev.thaw.cache.frame;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.FrameKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What lies in which slots, as a file of records that is only ever appended to or written anew. Belongs to one thread, but
 * for {@link #bytes}.
 *
 * <pre>
 * offset  bytes
 *      0      8  "thawfrm1"
 *      8      4  version, 1
 *     12      4  bytes of a slot, 4096
 *     16     44  zero
 *     60      4  CRC-32C of the 60 bytes before
 *     64   64*n  records, see {@link FrameRecord}
 * </pre>
 *
 * <h2>What a crash leaves</h2>
 *
 * A frame's record is written after its bytes, and before slots are used again a record says that their frame has gone; so
 * a process that is killed leaves only records that are right. A machine that loses its power may leave records without
 * their bytes, or bytes of other frames: those do not open, and who reads them discards them. Nothing is flushed.
 *
 * <h2>Reading</h2>
 *
 * The newest record comes first. One whose frame or slots a newer one speaks of is out of date, as is one whose slots lie
 * beyond the data. So one damaged record costs at most its own frame.
 */
final class FrameJournal implements AutoCloseable {
    /**
     * What each frame is charged for its records: two at most, since the journal is written anew when it has grown to
     * twice what lives, and one more while that is done.
     */
    static final int SHARE_BYTES = 3 * FrameRecord.BYTES;

    /** At most so many records are appended at once. */
    static final int BATCH = 128;

    private static final int SLACK = 256; // records that may be out of date however little lives

    /** What the journal may take besides: a batch may end twice as many records as it has. */
    static final int BASE_BYTES = (SLACK + 3 * BATCH + 2) * FrameRecord.BYTES;

    private static final Logger LOG = LoggerFactory.getLogger(FrameJournal.class);
    private static final long MAGIC = 0x7468617766726d31L; // "thawfrm1"
    private static final int VERSION = 1;
    private static final int CHUNK_RECORDS = 16 << 10;
    private static final long MAX_RECORDS = 1L << 26;

    private final Path file;
    private final Path incoming;
    private @Nullable FileChannel channel; // null: there is none yet, or none that can be read
    private long records;
    private long living; // of these that are not out of date, or a few more
    private boolean torn; // a failed append may have left something behind the records
    private volatile long bytes; // for whoever asks; written by the owner

    private FrameJournal(Path directory) {
        this.file = directory.resolve("journal");
        this.incoming = directory.resolve("journal.new");
    }

    /** What a journal says. */
    record Contents(FrameJournal journal, List<FrameRecord> frames) {}

    /**
     * Reads what is there. A journal that cannot be understood is as good as none.
     *
     * @param dataBytes how long the data are
     */
    static Contents open(Path directory, long dataBytes) throws IOException {
        FrameJournal journal = new FrameJournal(directory);
        Files.deleteIfExists(journal.incoming);
        if (!Files.exists(journal.file)) {
            return new Contents(journal, List.of());
        }
        FileChannel channel = FileChannel.open(journal.file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean understood = false;
        try {
            understood = journal.understands(channel);
            if (!understood) {
                return new Contents(journal, List.of());
            }
            journal.channel = channel;
            return new Contents(journal, journal.replay(dataBytes));
        } finally {
            if (!understood) {
                channel.close();
            }
        }
    }

    private boolean understands(FileChannel opened) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(FrameRecord.BYTES);
        readFully(opened, header, 0);
        boolean whole = !header.hasRemaining()
                && header.getLong(0) == MAGIC
                && header.getInt(60) == FrameRecord.checksum(header, 0);
        long found = (opened.size() - FrameRecord.BYTES) / FrameRecord.BYTES;
        if (!whole || header.getInt(8) != VERSION || header.getInt(12) != Slots.BYTES || found > MAX_RECORDS) {
            LOG.warn(
                    "The cache of frames begins empty, its journal {} file={}",
                    whole ? "was written by another version (" + header.getInt(8) + ")" : "is damaged",
                    file);
            return false;
        }
        records = Math.max(0, found);
        bytes = FrameRecord.BYTES * (records + 1);
        return true;
    }

    private static void readFully(FileChannel source, ByteBuffer target, long at) throws IOException {
        int got = 0;
        while (got >= 0 && target.hasRemaining()) {
            got = source.read(target, at + target.position());
        }
    }

    /** @return what is here, in the order in which it came */
    private List<FrameRecord> replay(long dataBytes) throws IOException {
        Replay replay = new Replay(dataBytes / Slots.BYTES);
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_RECORDS * FrameRecord.BYTES);
        for (long end = records; end > 0; end -= Math.min(end, CHUNK_RECORDS)) {
            int count = (int) Math.min(end, CHUNK_RECORDS);
            chunk.clear().limit(count * FrameRecord.BYTES);
            readFully(requireNonNull(channel), chunk, FrameRecord.BYTES * (1 + end - count));
            for (int i = count - 1; i >= 0; i--) {
                FrameRecord.read(chunk, i * FrameRecord.BYTES).ifPresentOrElse(replay::older, replay::damaged);
            }
        }
        if (replay.damaged > 0) {
            LOG.warn(
                    "Damaged records in the journal of the cache of frames are passed over records={} file={}",
                    replay.damaged,
                    file);
        }
        Collections.reverse(replay.frames);
        living = replay.frames.size();
        return replay.frames;
    }

    /** The journal read backwards. */
    private static final class Replay {
        final List<FrameRecord> frames = new ArrayList<>();
        long damaged;
        private final long dataSlots;
        private final Set<FrameKey> named = new HashSet<>();
        private final BitSet slots = new BitSet();

        Replay(long dataSlots) {
            this.dataSlots = dataSlots;
        }

        void damaged() {
            damaged++;
        }

        void older(FrameRecord frame) {
            if (named.add(frame.key()) && frame.isHere() && isUpToDate(frame.extents())) {
                frames.add(frame);
            }
        }

        private boolean isUpToDate(Extents extents) {
            boolean free = true;
            for (int run = 0; run < extents.count(); run++) {
                if (extents.end(run) > dataSlots) {
                    return false;
                }
                int next = slots.nextSetBit(extents.first(run));
                free &= next < 0 || next >= extents.end(run);
                slots.set(extents.first(run), extents.end(run));
            }
            return free;
        }
    }

    /** What its files take. */
    long bytes() {
        return bytes;
    }

    /** Appends up to {@link #BATCH} records; after a failure it is as it was. */
    void append(List<FrameRecord> more) throws IOException {
        if (channel == null) {
            rewrite(List.of());
        }
        FileChannel target = requireNonNull(channel);
        long end = FrameRecord.BYTES * (records + 1);
        if (torn) {
            target.truncate(end);
        }
        torn = true;
        write(target, more, end);
        torn = false;
        records += more.size();
        for (FrameRecord each : more) {
            living += each.isHere() ? 1 : -1;
        }
        bytes = FrameRecord.BYTES * (records + 1);
    }

    /** Writes it anew when too much in it is out of date; after a failure it is as it was. */
    void tidy() throws IOException {
        if (records > 2 * living + SLACK) {
            compact();
        }
    }

    /** Writes it anew with what lives by its own account. */
    private void compact() throws IOException {
        rewrite(replay(Long.MAX_VALUE));
    }

    private static void write(FileChannel target, List<FrameRecord> frames, long at) throws IOException {
        long end = at;
        for (int first = 0; first < frames.size(); first += CHUNK_RECORDS) {
            List<FrameRecord> some = frames.subList(first, Math.min(frames.size(), first + CHUNK_RECORDS));
            ByteBuffer buffer = ByteBuffer.allocate(some.size() * FrameRecord.BYTES);
            some.forEach(frame -> frame.write(buffer));
            end = writeFully(target, buffer.flip(), end);
        }
    }

    private static long writeFully(FileChannel target, ByteBuffer buffer, long at) throws IOException {
        long end = at;
        while (buffer.hasRemaining()) {
            end += target.write(buffer, end);
        }
        return end;
    }

    /** Puts a journal of these alone in place of the one that is there. */
    void rewrite(List<FrameRecord> frames) throws IOException {
        bytes = FrameRecord.BYTES * ((channel == null ? 0 : records + 1) + frames.size() + 1);
        boolean done = false;
        FileChannel target = FileChannel.open(
                incoming,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            writeFully(target, header(), 0);
            write(target, frames, FrameRecord.BYTES);
            Files.move(incoming, file, StandardCopyOption.ATOMIC_MOVE);
            done = true;
        } finally {
            if (!done) {
                bytes = channel == null ? 0 : FrameRecord.BYTES * (records + 1);
                target.close();
                Files.deleteIfExists(incoming);
            }
        }
        if (channel != null) {
            channel.close();
        }
        channel = target;
        torn = false;
        records = frames.size();
        living = records;
        bytes = FrameRecord.BYTES * (records + 1);
    }

    private static ByteBuffer header() {
        ByteBuffer header = ByteBuffer.allocate(FrameRecord.BYTES);
        header.putLong(0, MAGIC).putInt(8, VERSION).putInt(12, Slots.BYTES);
        return header.putInt(60, FrameRecord.checksum(header, 0));
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
