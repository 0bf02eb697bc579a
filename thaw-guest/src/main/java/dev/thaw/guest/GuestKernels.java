package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where guest kernels come from: the distribution's newest kernel for virtual machines, unpacked from its package but never installed,
 * or one that the user names.
 *
 * <p>The cache holds a folder {@code PACKAGE_VERSION} for each kernel, which appears whole or not at all. The folder's time says when
 * apt last named it the newest; for a day it is taken without asking again.
 */
public final class GuestKernels {
    /** The package that depends on the newest kernel of its kind. */
    static final String META_PACKAGE = "linux-image-cloud-amd64";

    private static final Logger log = LoggerFactory.getLogger(GuestKernels.class);
    private static final Duration FRESH = Duration.ofDays(1);
    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(10);
    private static final Pattern DEPENDS =
            Pattern.compile("^Depends: (linux-image-[0-9][a-z0-9.+-]*) \\(= ([0-9A-Za-z.+~:-]+)\\)", Pattern.MULTILINE);

    private final Path cache;
    private final InstantSource clock;

    /** @param cache a folder for unpacked kernels; made when it is needed */
    public GuestKernels(Path cache) {
        this(cache, InstantSource.system());
    }

    GuestKernels(Path cache, InstantSource clock) {
        this.cache = requireNonNull(cache, "cache is null").toAbsolutePath();
        this.clock = requireNonNull(clock, "clock is null");
    }

    /** A package as apt names it. */
    private record Candidate(String name, String version) {
        String folder() {
            return name + "_" + version.replace(':', '%');
        }
    }

    /**
     * The distribution's newest kernel for virtual machines; downloaded when the cache does not have it. When apt cannot be asked, the
     * newest that the cache has is taken.
     *
     * @throws IOException with a text for the user when there is none and none can be had
     */
    public GuestKernel newest() throws IOException {
        Files.createDirectories(cache);
        Optional<Path> cached = newestCached();
        if (cached.isPresent() && isFresh(cached.get())) {
            return unpacked(cached.get());
        }
        try {
            return fetchNewest();
        } catch (IOException e) {
            if (cached.isEmpty()) {
                return fetchNewestWithFreshLists(e);
            }
            log.warn(
                    "Taking the guest kernel {}: a newer one cannot be had",
                    cached.get().getFileName(),
                    e);
            return unpacked(cached.get());
        }
    }

    private GuestKernel fetchNewest() throws IOException {
        Candidate candidate = askApt();
        Path folder = cache.resolve(candidate.folder());
        if (!Files.isDirectory(folder)) {
            download(candidate, folder);
        }
        Files.setLastModifiedTime(folder, FileTime.from(clock.instant()));
        return unpacked(folder);
    }

    /** Package lists that are missing, or older than what the distribution still offers, are the usual reason for a failure. */
    private GuestKernel fetchNewestWithFreshLists(IOException first) throws IOException {
        try {
            HostCommand.run(cache, DOWNLOAD_TIMEOUT, List.of("apt-get", "update"));
        } catch (IOException e) {
            // Some other source may have failed, or only root may do this; what apt knows now decides.
            log.debug("The package lists could not all be updated", e);
        }
        try {
            return fetchNewest();
        } catch (IOException again) {
            again.addSuppressed(first);
            throw again;
        }
    }

    /**
     * A kernel that the user names.
     *
     * @param vmlinuz the bootable file
     * @param modules the folder with its modules, as in {@code /lib/modules/RELEASE}; the folder's name is the release
     * @throws IOException with a text for the user when either is not there
     */
    public GuestKernel named(Path vmlinuz, Path modules) throws IOException {
        if (!Files.isRegularFile(vmlinuz) || !Files.isReadable(vmlinuz)) {
            throw new IOException("The kernel " + vmlinuz
                    + " is not a readable file. Name a bzImage, such as /boot/vmlinuz-RELEASE.");
        }
        if (!Files.isDirectory(modules.resolve("kernel"))) {
            throw new IOException("The folder " + modules
                    + " has no kernel modules. Name the folder of this kernel's modules, such as "
                    + "/lib/modules/RELEASE.");
        }
        Path folder = modules.toAbsolutePath().normalize();
        return new GuestKernel(
                vmlinuz.toAbsolutePath(), folder, String.valueOf(folder.getFileName()), "user", Sha256.of(vmlinuz));
    }

    private Optional<Path> newestCached() throws IOException {
        try (Stream<Path> folders = Files.list(cache)) {
            return folders.filter(folder -> String.valueOf(folder.getFileName()).startsWith("linux-image-"))
                    .filter(Files::isDirectory)
                    .max(Comparator.comparing(folder -> folder.toFile().lastModified()));
        }
    }

    private boolean isFresh(Path folder) throws IOException {
        return Files.getLastModifiedTime(folder).toInstant().plus(FRESH).isAfter(clock.instant());
    }

    private Candidate askApt() throws IOException {
        String text;
        try {
            text = HostCommand.run(cache, ASK_TIMEOUT, List.of("apt-cache", "show", "--no-all-versions", META_PACKAGE));
        } catch (IOException e) {
            throw new IOException(
                    "apt does not know the guest kernel's package " + META_PACKAGE
                            + ". Run 'apt-get update', or name a kernel of your own.",
                    e);
        }
        Matcher matcher = DEPENDS.matcher(text);
        if (!matcher.find()) {
            throw new IOException("The package " + META_PACKAGE + " names no kernel. Name a kernel of your own.");
        }
        return new Candidate(matcher.group(1), matcher.group(2));
    }

    private void download(Candidate candidate, Path folder) throws IOException {
        Path work = Files.createTempDirectory(cache, "download");
        try {
            log.info("Downloading the guest kernel {} {}", candidate.name(), candidate.version());
            HostCommand.run(
                    work,
                    DOWNLOAD_TIMEOUT,
                    List.of("apt-get", "download", candidate.name() + "=" + candidate.version()));
            Path archive = only(work, ".deb");
            Path content = work.resolve("content");
            HostCommand.run(work, DOWNLOAD_TIMEOUT, List.of("dpkg-deb", "-x", archive.toString(), content.toString()));
            unpacked(content);
            Files.move(content, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (DirectoryNotEmptyException | FileAlreadyExistsException e) {
            log.debug("Another process unpacked {} at the same time", candidate, e);
        } finally {
            FileTree.delete(work);
        }
    }

    private GuestKernel unpacked(Path folder) throws IOException {
        Path vmlinuz = only(folder.resolve("boot"), "vmlinuz-");
        String release = String.valueOf(vmlinuz.getFileName()).substring("vmlinuz-".length());
        Path modules = Stream.of("lib/modules", "usr/lib/modules")
                .map(folder::resolve)
                .map(parent -> parent.resolve(release))
                .filter(Files::isDirectory)
                .findFirst()
                .orElseThrow(
                        () -> new IOException("The kernel package in " + folder + " has no modules for " + release));
        String name = String.valueOf(folder.getFileName());
        return new GuestKernel(vmlinuz, modules, release, name.substring(name.indexOf('_') + 1), Sha256.of(vmlinuz));
    }

    private static Path only(Path folder, String part) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> String.valueOf(file.getFileName()).contains(part))
                    .min(Comparator.naturalOrder())
                    .orElseThrow(() -> new IOException("There is no " + part + " file in " + folder));
        }
    }
}
