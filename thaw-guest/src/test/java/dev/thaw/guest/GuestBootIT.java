package dev.thaw.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real kernel, initramfs and agent in a real machine. */
final class GuestBootIT {
    private static final Duration LIMIT = GuestMachine.LIMIT;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static GuestKernel kernel;
    private static Initramfs initramfs;
    private static Path rootImage;

    @BeforeAll
    static void prepare() throws IOException {
        Path cache = Path.of("target/guest-kernels");
        kernel = new GuestKernels(cache).newest();
        initramfs = Initramfs.build(kernel, shared);
        Path root = Files.createDirectory(shared.resolve("root"));
        TestFunction.fillRoot(root);
        TestFunction.compile(root);
        rootImage = shared.resolve("root.erofs");
        HostCommand.run(shared, LIMIT, List.of("mkfs.erofs", rootImage.toString(), root.toString()));
    }

    @Test
    void bootsStartsListensAndAnswers() throws Exception {
        CollectedLog log = new CollectedLog();
        try (GuestMachine machine = GuestMachine.boot(folder, kernel, initramfs, rootImage);
                AgentConnection agent = AgentConnection.toBooting(machine.port(), log)) {
            assertThat(agent.awaitHello(LIMIT).kernelRelease()).isEqualTo(kernel.release());
            StartRequest start = TestFunction.start(8080, List.of("/function"), List.of("PORT=8080"));
            assertThat(agent.start(start, LIMIT)).isPositive();
            agent.awaitListening(LIMIT);
            String identity = ask(agent, "identity");
            System.out.println(identity);
            assertThat(identity).contains("host first");
        }
    }

    private static String ask(AgentConnection agent, String line) throws IOException {
        try (AgentStream stream = agent.openStream(LIMIT)) {
            stream.output().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            stream.output().close();
            InputStream input = stream.input();
            return new String(input.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
