package dev.thaw.lazy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/** A daemon that serves one image, and is killed. With "held", it answers no read beyond the first 64 KiB. */
final class DaemonMain {
    static final int SIZE = 8 << 20;

    private DaemonMain() {}

    static byte[] image(long seed) {
        byte[] bytes = new byte[SIZE];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static LazyMountSettings settings(Path directory, Duration holderPatience) {
        return LazyMountSettings.forMemory(directory.resolve("m"), directory.resolve("bin"))
                .withPatience(Duration.ofSeconds(60), Duration.ofMillis(500), holderPatience);
    }

    public static void main(String[] args) throws Exception {
        long seed = Long.parseLong(args[1]);
        boolean held = args[2].equals("held");
        MemoryImageSource source = new MemoryImageSource(image(seed));
        if (held) {
            source.hold(64 << 10, SIZE);
        }
        LazyMountSettings settings = settings(Path.of(args[0]), Duration.ofSeconds(Long.parseLong(args[3])));
        LazyMount mount = LazyMount.open(settings, name -> Optional.of(source));
        if (!mount.adopted()) {
            mount.add("image", source);
        }
        System.out.println("at work");
        while (System.in.read() >= 0) {
            System.out.println(source.heldReads());
        }
        mount.leave();
    }
}
