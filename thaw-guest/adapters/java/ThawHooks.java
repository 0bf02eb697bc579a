import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.Security;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Tells a Java function of its freeze and thaw, and renews what its process holds of random numbers. Java 17 or later; no dependency.
 *
 * <p>Call {@link #install} early in {@code main}. Outside a Thaw guest it does nothing. After a thaw, before the function gets a
 * request, the 256 bytes that the JDK's native generators (the default {@code new SecureRandom()}, {@code NativePRNG} and its
 * {@code Blocking} and {@code NonBlocking} kinds, and with them {@code UUID.randomUUID}) have read ahead from the kernel are used up, so
 * that what follows comes from the kernel as Thaw has renewed it. Generators with a state of their own are not reached by that: hand
 * {@code SHA1PRNG} and {@code DRBG} objects to {@link #reseed}, and renew {@code java.util.Random}, {@code SplittableRandom} and what
 * libraries keep in {@link #afterThaw}. {@code Math.random} and {@code ThreadLocalRandom} cannot be reseeded; they were never meant
 * to be unguessable.
 */
public final class ThawHooks {
    /**
     * What sun.security.provider.NativePRNG reads from the kernel at a time. It reads more at a time after heavy use, but throws away
     * what is older than 100 ms of the wall clock, which Thaw has set forward.
     */
    private static final int READ_AHEAD_BYTES = 256;

    private static final int LONGEST_ANSWER = 200;

    /** Room for the longest line that the agent sends; one that takes several reads is put together. */
    private static final int READ_BYTES = 128;

    private static final String NO_ENTROPY = "00".repeat(32);
    private static final String[] NATIVE = {"NativePRNG", "NativePRNGBlocking", "NativePRNGNonBlocking"};
    /** Made before the freeze, so that a thaw loads no class. */
    private static final List<SecureRandom> NATIVE_GENERATORS = new CopyOnWriteArrayList<>();

    private static final List<Runnable> BEFORE_FREEZE = new CopyOnWriteArrayList<>();
    private static final List<Consumer<byte[]>> AFTER_THAW = new CopyOnWriteArrayList<>();

    private ThawHooks() {}

    /**
     * Connects to the guest's agent, if there is one.
     *
     * @throws UncheckedIOException when there is an agent that cannot be reached
     */
    public static void install() {
        String path = System.getenv("THAW_HOOK_SOCKET");
        if (path == null || path.isEmpty()) {
            return;
        }
        findNativeGenerators();
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(path));
            Thread thread = new Thread(() -> serve(channel), "thaw-hooks");
            thread.setDaemon(true);
            thread.start();
        } catch (IOException e) {
            throw new UncheckedIOException("The hook socket " + path + " cannot be reached", e);
        }
    }

    /** Registers what is to be done before a freeze. An exception fails the freeze. */
    public static void beforeFreeze(Runnable callback) {
        BEFORE_FREEZE.add(callback);
    }

    /** Registers what is to be done with 32 fresh random bytes after a thaw. An exception fails the thaw. */
    public static void afterThaw(Consumer<byte[]> callback) {
        AFTER_THAW.add(callback);
    }

    /** Mixes fresh bytes into the generator after each thaw. */
    public static void reseed(SecureRandom random) {
        AFTER_THAW.add(random::setSeed);
    }

    private static void serve(SocketChannel channel) {
        ByteBuffer input = ByteBuffer.allocate(READ_BYTES).flip();
        StringBuilder line = new StringBuilder();
        try (channel) {
            while (true) {
                while (input.hasRemaining()) {
                    char next = (char) input.get();
                    if (next != '\n') {
                        line.append(next);
                        continue;
                    }
                    ByteBuffer answer = ByteBuffer.wrap((answer(line.toString()) + "\n").getBytes(StandardCharsets.UTF_8));
                    line.setLength(0);
                    while (answer.hasRemaining()) {
                        channel.write(answer);
                    }
                }
                if (channel.read(input.clear()) < 0) {
                    return;
                }
                input.flip();
            }
        } catch (IOException e) {
            System.err.println("The hook socket failed: " + e);
        }
    }

    private static String answer(String line) {
        try {
            obey(line);
            return "ok";
        } catch (RuntimeException e) { // whatever a callback throws is the answer to the agent
            String text = "error " + e.toString().replaceAll("[^ -~]+", " ");
            return text.substring(0, Math.min(text.length(), LONGEST_ANSWER));
        }
    }

    private static void obey(String line) {
        String[] words = line.split(" ", 2);
        switch (words[0]) {
            case "before-freeze" -> {
                for (Runnable callback : BEFORE_FREEZE) {
                    callback.run();
                }
                renew(NO_ENTROPY, List.of());
            }
            case "after-thaw" -> renew(words[1], AFTER_THAW);
            default -> throw new IllegalArgumentException("unknown word from the agent: " + words[0]);
        }
    }

    /**
     * Also done, with nobody to tell, before a freeze: what it needs is loaded and linked then, and not in each thaw. Loops instead of
     * lambdas for the same reason.
     */
    private static void renew(String hex, List<Consumer<byte[]>> callbacks) {
        byte[] entropy = HexFormat.of().parseHex(hex);
        useUpReadAhead();
        for (Consumer<byte[]> callback : callbacks) {
            callback.accept(entropy.clone());
        }
    }

    private static void findNativeGenerators() {
        for (String name : NATIVE) {
            if (Security.getAlgorithms("SecureRandom").contains(name.toUpperCase(Locale.ROOT))) {
                try {
                    NATIVE_GENERATORS.add(SecureRandom.getInstance(name));
                } catch (NoSuchAlgorithmException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        useUpReadAhead();
    }

    /** Each kind shares one buffer among its generators; the bytes in it are the same in every clone. */
    private static void useUpReadAhead() {
        byte[] used = new byte[READ_AHEAD_BYTES];
        for (SecureRandom random : NATIVE_GENERATORS) {
            random.nextBytes(used);
        }
    }
}
