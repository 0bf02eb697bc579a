package dev.thaw.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrecedenceTest {
    private final List<Process> processes = new ArrayList<>();
    private final Queue<Runnable> later = new ArrayDeque<>();
    private final Precedence precedence = new Precedence(later::add);

    private Process start() throws IOException {
        Process process = new ProcessBuilder("setsid", "sleep", "60").start();
        processes.add(process);
        await().until(() -> process.info()
                .command()
                .filter(command -> command.endsWith("sleep"))
                .isPresent());
        return process;
    }

    @AfterEach
    void end() throws Exception {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
    }

    private static int niceOf(Process process) throws IOException {
        String session = Files.readString(Path.of("/proc/" + process.pid() + "/autogroup"));
        return Integer.parseInt(session.strip().split(" nice ")[1]);
    }

    private static void assumeMayRaise() {
        assumeThat(Files.exists(Path.of("/proc/self/autogroup")) && "root".equals(System.getProperty("user.name")))
                .as("sessions have a weight here (CONFIG_SCHED_AUTOGROUP), and it is ours to raise")
                .isTrue();
    }

    private void endAll() {
        for (Runnable due = later.poll(); due != null; due = later.poll()) {
            due.run();
        }
    }

    @Test
    void aThawAloneGoesFirstUntilALittleAfterItsEnd() throws Exception {
        assumeMayRaise();
        Process vmm = start();
        assertThat(niceOf(vmm)).isEqualTo(Precedence.ALIKE);
        try (Precedence.Thaw _ = precedence.begin(vmm.pid())) {
            assertThat(niceOf(vmm)).isEqualTo(Precedence.RAISED);
        }
        assertThat(niceOf(vmm)).isEqualTo(Precedence.RAISED);
        endAll();
        assertThat(niceOf(vmm)).isEqualTo(Precedence.ALIKE);
    }

    @Test
    void whoTakesAVmmUpEndsWhatTheDaemonBeforeHadNot() throws Exception {
        assumeMayRaise();
        Process vmm = start();
        try (Precedence.Thaw _ = precedence.begin(vmm.pid())) {
            Precedence.end(vmm.pid());
            assertThat(niceOf(vmm)).isEqualTo(Precedence.ALIKE);
        }
    }

    @Test
    void thawsSideBySideGoOnAlike() throws Exception {
        assumeMayRaise();
        Process first = start();
        Process second = start();
        Process third = start();
        try (Precedence.Thaw _ = precedence.begin(first.pid());
                Precedence.Thaw _ = precedence.begin(second.pid())) {
            assertThat(niceOf(first)).isEqualTo(Precedence.RAISED);
            assertThat(niceOf(second)).isEqualTo(Precedence.ALIKE);
        }
        try (Precedence.Thaw _ = precedence.begin(third.pid())) {
            assertThat(niceOf(third)).as("the others go on with their requests").isEqualTo(Precedence.ALIKE);
        }
        endAll();
        try (Precedence.Thaw _ = precedence.begin(third.pid())) {
            assertThat(niceOf(third)).isEqualTo(Precedence.RAISED);
        }
        endAll();
        for (Process each : processes) {
            assertThat(niceOf(each)).isEqualTo(Precedence.ALIKE);
        }
    }

    @Test
    void whoIsGoneOrGoesMeanwhileIsNoError() throws Exception {
        Process vmm = start();
        try (Precedence.Thaw _ = precedence.begin(vmm.pid())) {
            vmm.destroyForcibly().waitFor();
        }
        endAll();
        try (Precedence.Thaw _ = precedence.begin(vmm.pid())) {
            assertThat(vmm.isAlive()).isFalse();
        }
        endAll();
        assertThat(later).isEmpty();
    }
}
