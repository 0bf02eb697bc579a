package dev.thaw.cli.bench.store;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentLog;
import dev.thaw.guest.GuestIdentity;
import dev.thaw.image.ImageConfig;
import dev.thaw.image.ImageLibrary;
import dev.thaw.image.ImageLimits;
import dev.thaw.image.ImageReference;
import dev.thaw.image.ProgressListener;
import dev.thaw.image.RootFilesystem;
import dev.thaw.image.SampleBuilder;
import dev.thaw.node.SparseCopy;
import dev.thaw.sandbox.BootSpec;
import dev.thaw.sandbox.EgressSettings;
import dev.thaw.sandbox.FrozenSandbox;
import dev.thaw.sandbox.FunctionConnection;
import dev.thaw.sandbox.FunctionProcess;
import dev.thaw.sandbox.GuestSoftware;
import dev.thaw.sandbox.HostProfile;
import dev.thaw.sandbox.MachineShape;
import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.QemuProvider;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.store.DataSize;
import dev.thaw.store.HostFit;
import dev.thaw.store.object.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Boots functions, invokes each once, and keeps what a freeze gives, before any store has seen it. */
public final class FunctionFreezer implements AutoCloseable {
    static final int PORT = 8080;

    private static final int SIGTERM = 15;
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration HOOK_TIMEOUT = Duration.ofSeconds(5);
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);

    private final QemuProvider provider;
    private final ImageLibrary images;
    private final Clock clock;

    private FunctionFreezer(QemuProvider provider, ImageLibrary images, Clock clock) {
        this.provider = requireNonNull(provider, "provider is null");
        this.images = requireNonNull(images, "images is null");
        this.clock = requireNonNull(clock, "clock is null");
    }

    /**
     * @param work for images and the launcher; a second use finds the images made
     * @param run a short path, for sockets
     * @param software kernels and archives, shared with daemons
     * @param samples where the samples' recipes are
     */
    public static FunctionFreezer open(Path work, Path run, Path software, Path samples) throws IOException {
        Clock clock = Clock.systemUTC();
        ImageLibrary images =
                ImageLibrary.open(work.resolve("images"), new SampleBuilder(samples), ImageLimits.DEFAULT);
        try {
            return new FunctionFreezer(
                    QemuProvider.open(work.resolve("sandbox"), run, software, EgressSettings.ofThisHost(), clock),
                    images,
                    clock);
        } catch (IOException | RuntimeException e) {
            images.close();
            throw e;
        }
    }

    /**
     * Boots the sample, sends one request, freezes, and ends it.
     *
     * @param folder gets the files; what an interrupted freeze left there is replaced
     */
    public FrozenFunction freeze(String sample, Path folder, long memoryBytes) throws IOException {
        RootFilesystem image = resolve(sample);
        MachineShape shape = new MachineShape(memoryBytes, 1);
        Files.createDirectories(folder);
        BootSpec spec = new BootSpec(
                "bench",
                shape,
                image.erofs(),
                Optional.empty(),
                process(image.config()),
                GuestIdentity.fresh("bench"),
                START_TIMEOUT,
                new SilentLog());
        try (Sandbox sandbox = provider.boot(spec, new PhaseClock(System::nanoTime))) {
            invoke(sample, sandbox);
            FrozenSandbox frozen = sandbox.freeze(HOOK_TIMEOUT);
            Path memory = FrozenFunction.memory(folder);
            Files.deleteIfExists(memory);
            SparseCopy.copy(frozen.memory(), Files.createFile(memory));
            Files.write(FrozenFunction.state(folder), frozen.deviceState());
        }
        Files.copy(image.erofs(), FrozenFunction.rootfs(folder), StandardCopyOption.REPLACE_EXISTING);
        GuestSoftware software = provider.software(Optional.empty());
        FrozenFunction function = new FrozenFunction(
                folder,
                sample,
                image.imageDigest(),
                software.kernelDigest(),
                software.initramfsDigest(),
                FrozenFunction.Contents.of(folder, image.contentDigest()),
                fit(provider.host(shape), shape),
                clock.instant());
        function.write();
        return function;
    }

    private RootFilesystem resolve(String sample) throws IOException {
        try {
            return images.resolve(ImageReference.parse("sample:" + sample), ProgressListener.NONE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the image of " + sample + " was made.", e);
        }
    }

    private static FunctionProcess process(ImageConfig config) {
        List<String> argv = new ArrayList<>(config.entrypoint());
        argv.addAll(config.cmd());
        List<String> environment = new ArrayList<>(config.env());
        environment.add("PORT=" + PORT);
        return new FunctionProcess(argv, environment, config.workingDir(), config.user(), SIGTERM, PORT);
    }

    private static void invoke(String sample, Sandbox sandbox) throws IOException {
        ByteBuffer request = ByteBuffer.wrap(REQUEST);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (FunctionConnection connection = sandbox.connect(request, ANSWER_TIMEOUT)) {
            connection.output().write(REQUEST, request.position(), request.remaining());
            connection.input().transferTo(answer);
        }
        String head = answer.toString(StandardCharsets.ISO_8859_1);
        if (!head.startsWith("HTTP/1.1 200 ")) {
            throw new IOException(
                    sample + " does not answer as it should: " + head.substring(0, Math.min(200, head.length())));
        }
    }

    private static HostFit fit(HostProfile host, MachineShape shape) {
        return new HostFit(
                host.kind() + "-" + host.accelerator(),
                host.version(),
                host.cpu(),
                new DataSize(shape.memoryBytes()),
                shape.cpus(),
                Digest.of(host.devices().getBytes(StandardCharsets.UTF_8)),
                host.tscKhz() == 0 ? OptionalLong.empty() : OptionalLong.of(host.tscKhz()));
    }

    @Override
    public void close() throws IOException {
        provider.close();
        images.close();
    }

    /** What a function prints is of no interest here. */
    private static final class SilentLog implements AgentLog {
        @Override
        public void append(Source source, byte[] bytes) {}

        @Override
        public void dropped(long bytes) {}
    }
}
