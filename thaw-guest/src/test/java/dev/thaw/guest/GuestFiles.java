package dev.thaw.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a test machine boots from.
 *
 * @param kernel the distribution's newest
 * @param initramfs with the agent
 * @param rootImage an EROFS image with the test function, its users and its hooks
 */
record GuestFiles(GuestKernel kernel, Initramfs initramfs, Path rootImage) {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    static GuestFiles in(Path folder) throws IOException {
        GuestKernel kernel = new GuestKernels(Path.of("target/guest-kernels")).newest();
        Path root = Files.createDirectory(folder.resolve("root"));
        TestFunction.fillRoot(root);
        Path function = TestFunction.compile(root);
        for (String hook : List.of("before-freeze", "after-thaw")) {
            Files.copy(function, root.resolve("opt/thaw/hooks").resolve(hook));
            root.resolve("opt/thaw/hooks").resolve(hook).toFile().setExecutable(true, false);
        }
        Path image = folder.resolve("root.erofs");
        HostCommand.run(folder, TIMEOUT, List.of("mkfs.erofs", image.toString(), root.toString()));
        return new GuestFiles(kernel, Initramfs.build(kernel, folder), image);
    }
}
