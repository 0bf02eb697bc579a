package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveOutputStream;
import org.apache.commons.compress.archivers.cpio.CpioConstants;

/**
 * The first root of a guest: the agent as {@code /init}, and the kernel modules that it loads. A newc cpio archive without compression:
 * it is small, and a guest under emulation decompresses slower than it copies.
 *
 * @param file the archive
 * @param sha256 of the archive, in hex; the same agent and kernel give the same archive
 */
public record Initramfs(Path file, String sha256) {
    /** What finds the root disk, its file system, the writable layer over it, and the agent's port. */
    static final List<String> MODULES = List.of("virtio_mmio", "virtio_blk", "virtio_console", "erofs", "overlay");

    /** What a machine with a network device needs beyond these. */
    static final List<String> NETWORK_MODULES = List.of("virtio_net");

    private static final int DIRECTORY = CpioConstants.C_ISDIR | 0755;
    private static final int PROGRAM = CpioConstants.C_ISREG | 0755;
    private static final int PLAIN_FILE = CpioConstants.C_ISREG | 0644;

    public Initramfs {
        requireNonNull(file, "file is null");
        requireNonNull(sha256, "sha256 is null");
    }

    /**
     * Builds the archive for a kernel, or finds the one that was built from the same agent and kernel before.
     *
     * @param cache a folder for archives; made when it is needed
     */
    public static Initramfs build(GuestKernel kernel, Path cache) throws IOException {
        byte[] agent = agent();
        Files.createDirectories(cache);
        String inputs = new Sha256()
                .add(agent)
                .add(kernel.sha256())
                .add(kernel.modules().toString())
                .hex();
        Path file = cache.resolve("initramfs-" + inputs.substring(0, 32) + ".cpio");
        if (!Files.exists(file)) {
            Path work = Files.createTempFile(cache, "initramfs", ".tmp");
            try {
                KernelModules modules = new KernelModules(kernel.modules());
                Map<String, byte[]> always = modules.inLoadOrder(MODULES);
                Map<String, byte[]> network = modules.inLoadOrder(NETWORK_MODULES);
                network.keySet().removeAll(always.keySet());
                write(work, agent, always, network);
                // A VMM reads it as a user of its own; there is nothing secret in it.
                Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rw-r--r--"));
                Files.move(work, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(work);
            }
        }
        return new Initramfs(file, Sha256.of(file));
    }

    /** The agent's program, as it is built with this module. */
    static byte[] agent() throws IOException {
        try (InputStream input = Initramfs.class.getResourceAsStream("agent")) {
            if (input == null) {
                throw new IOException("This build of Thaw has no guest agent. Build it with musl-tools installed.");
            }
            return input.readAllBytes();
        }
    }

    private static void write(Path file, byte[] agent, Map<String, byte[]> always, Map<String, byte[]> network)
            throws IOException {
        Entries entries = new Entries();
        try (OutputStream output = Files.newOutputStream(file);
                CpioArchiveOutputStream archive = new CpioArchiveOutputStream(output)) {
            entries.put(archive, "modules", DIRECTORY, new byte[0]);
            writeModules(entries, archive, "order", always);
            writeModules(entries, archive, "order-network", network);
            entries.put(archive, "init", PROGRAM, agent);
        }
    }

    private static void writeModules(
            Entries entries, CpioArchiveOutputStream archive, String list, Map<String, byte[]> modules)
            throws IOException {
        StringBuilder order = new StringBuilder();
        for (Map.Entry<String, byte[]> module : modules.entrySet()) {
            entries.put(archive, "modules/" + module.getKey(), PLAIN_FILE, module.getValue());
            order.append(module.getKey()).append('\n');
        }
        entries.put(archive, "modules/" + list, PLAIN_FILE, order.toString().getBytes(StandardCharsets.US_ASCII));
    }

    /** Numbers the files, so that none looks like a hard link to another, and leaves times and owners at zero. */
    private static final class Entries {
        private long last;

        void put(CpioArchiveOutputStream archive, String name, int mode, byte[] content) throws IOException {
            CpioArchiveEntry entry = new CpioArchiveEntry(CpioConstants.FORMAT_NEW, name, content.length);
            entry.setMode(mode);
            entry.setInode(++last);
            entry.setNumberOfLinks(1);
            entry.setTime(0);
            archive.putArchiveEntry(entry);
            archive.write(content);
            archive.closeArchiveEntry();
        }
    }
}
