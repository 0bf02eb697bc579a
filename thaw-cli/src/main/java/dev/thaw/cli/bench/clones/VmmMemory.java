package dev.thaw.cli.bench.clones;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a VMM has in memory by {@code /proc/PID/smaps} and {@code pagemap} (proc_pid_smaps(5), proc_pid_pagemap(5)), its guest's memory being a private mapping of a snapshot's file.
 *
 * @param vmmBytes private dirty pages of everything but guest memory
 * @param privateBytes pages of guest memory that were written, by whomever, and became the clone's own
 * @param changedBytes of these, those that differ from the file
 * @param mappedBytes pages of the file
 */
record VmmMemory(long vmmBytes, long privateBytes, long changedBytes, long mappedBytes) {
    private static final int PAGE = 4096;
    private static final int ENTRY = 8;
    private static final long PRESENT = 1L << 63;
    private static final long SWAPPED = 1L << 62;
    private static final long OF_A_FILE = 1L << 61;

    /** A mapping of smaps, in bytes. */
    record Mapping(long start, long end, boolean isPrivateFile, long privateDirty) {
        long bytes() {
            return end - start;
        }
    }

    /** @param snapshot the file that guest memory was when it was mapped, or one of the same bytes */
    static VmmMemory of(long pid, long guestBytes, Path snapshot) throws IOException {
        Path proc = Path.of("/proc", Long.toString(pid));
        List<Mapping> mappings = parse(Files.readAllLines(proc.resolve("smaps")));
        Mapping guest = mappings.stream()
                .filter(mapping -> mapping.isPrivateFile() && mapping.bytes() == guestBytes)
                .findFirst()
                .orElseThrow(() -> new IOException("VMM " + pid + " does not map a snapshot's memory privately."));
        long vmm = mappings.stream()
                .filter(mapping -> mapping.start() != guest.start())
                .mapToLong(Mapping::privateDirty)
                .sum();
        long own = 0;
        long changed = 0;
        long mapped = 0;
        byte[] here = new byte[PAGE];
        byte[] before = new byte[PAGE];
        long[] pages = pages(proc.resolve("pagemap"), guest);
        try (RandomAccessFile memory = new RandomAccessFile(proc.resolve("mem").toFile(), "r");
                RandomAccessFile file = new RandomAccessFile(snapshot.toFile(), "r")) {
            for (int i = 0; i < pages.length; i++) {
                boolean isOwn = (pages[i] & (PRESENT | SWAPPED)) != 0 && (pages[i] & OF_A_FILE) == 0;
                if (isOwn) {
                    own += PAGE;
                    memory.seek(guest.start() + (long) i * PAGE);
                    memory.readFully(here);
                    file.seek((long) i * PAGE);
                    file.readFully(before);
                    changed += Arrays.equals(here, before) ? 0 : PAGE;
                } else if ((pages[i] & PRESENT) != 0) {
                    mapped += PAGE;
                }
            }
        }
        return new VmmMemory(vmm, own, changed, mapped);
    }

    private static long[] pages(Path pagemap, Mapping mapping) throws IOException {
        ByteBuffer entries = ByteBuffer.allocate(Math.toIntExact(mapping.bytes() / PAGE * ENTRY))
                .order(ByteOrder.nativeOrder());
        try (FileChannel file = FileChannel.open(pagemap, StandardOpenOption.READ)) {
            long at = mapping.start() / PAGE * ENTRY;
            while (entries.hasRemaining()) {
                if (file.read(entries, at + entries.position()) <= 0) {
                    throw new IOException(pagemap + " ends early.");
                }
            }
        }
        long[] pages = new long[entries.flip().remaining() / ENTRY];
        entries.asLongBuffer().get(pages);
        return pages;
    }

    /** The mappings of smaps. */
    static List<Mapping> parse(List<String> lines) throws IOException {
        List<Mapping> mappings = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.strip().split(" +");
            if (words[0].equals("Private_Dirty:")) {
                if (mappings.isEmpty()) {
                    throw new IOException("Not the mappings of a process: '" + line + "'");
                }
                Mapping last = mappings.removeLast();
                mappings.add(
                        new Mapping(last.start(), last.end(), last.isPrivateFile(), Long.parseLong(words[1]) << 10));
            } else if (!words[0].endsWith(":")) {
                String[] range = words[0].split("-", -1);
                boolean isPrivateFile = words[1].endsWith("p") && !words[4].equals("0");
                mappings.add(new Mapping(
                        Long.parseUnsignedLong(range[0], 16), Long.parseUnsignedLong(range[1], 16), isPrivateFile, 0));
            }
        }
        return mappings;
    }

    /** Processor time of a process so far, in seconds, to a hundredth. */
    static double cpuSeconds(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        // The second field is the program's name in brackets, with any character in it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }
}
