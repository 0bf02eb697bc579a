package dev.thaw.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The initramfs of the distribution's real kernel. */
final class InitramfsIT {
    @TempDir
    Path folder;

    @Test
    void isTheSameEachTimeAndHoldsModulesInTheirOrder() throws Exception {
        GuestKernel kernel = new GuestKernels(Path.of("target/guest-kernels")).newest();
        Initramfs one = Initramfs.build(kernel, Files.createDirectory(folder.resolve("one")));
        Initramfs two = Initramfs.build(kernel, Files.createDirectory(folder.resolve("two")));
        assertThat(one.sha256()).isEqualTo(two.sha256()).isEqualTo(Sha256.of(one.file()));
        Map<String, byte[]> content = content(one.file());
        List<String> order = new String(content.get("modules/order"), StandardCharsets.US_ASCII)
                .lines()
                .toList();
        assertThat(order)
                .containsAll(Initramfs.MODULES)
                .containsSubsequence("virtio_ring", "virtio", "virtio_mmio", "virtio_blk", "virtio_console");
        assertThat(content.get("init")).isEqualTo(Initramfs.agent());
        assertThat(kernel.sha256()).hasSize(64);
        assertThat(kernel.modules().getFileName()).hasToString(kernel.release());
    }

    @Test
    void namesWhatIsMissing() throws IOException {
        GuestKernels kernels = new GuestKernels(folder.resolve("cache"));
        Path file = Files.writeString(folder.resolve("vmlinuz"), "x");
        assertThatThrownBy(() -> kernels.named(folder.resolve("none"), folder))
                .hasMessageContaining("not a readable file");
        assertThatThrownBy(() -> kernels.named(file, folder)).hasMessageContaining("no kernel modules");
        Files.createDirectories(folder.resolve("6.1/kernel"));
        GuestKernel named = kernels.named(file, folder.resolve("6.1"));
        assertThat(named.release()).isEqualTo("6.1");
        assertThatThrownBy(() -> Initramfs.build(named, folder)).hasMessageContaining("no module virtio_mmio");
        Files.writeString(folder.resolve("6.1/kernel/virtio-mmio.ko"), "no ELF file at all");
        assertThatThrownBy(() -> Initramfs.build(named, folder)).hasMessageContaining("is not a kernel module");
    }

    private static Map<String, byte[]> content(Path file) throws IOException {
        Map<String, byte[]> content = new LinkedHashMap<>();
        try (CpioArchiveInputStream archive = new CpioArchiveInputStream(Files.newInputStream(file))) {
            for (CpioArchiveEntry entry; (entry = archive.getNextEntry()) != null; ) {
                content.put(entry.getName(), archive.readAllBytes());
            }
        }
        return content;
    }
}
