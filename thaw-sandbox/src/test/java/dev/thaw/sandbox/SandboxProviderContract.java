package dev.thaw.sandbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.guest.AgentLog;
import dev.thaw.guest.GuestIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every kind of sandbox does alike. The function that is run speaks HTTP and answers any GET of {@code /} with 200. */
abstract class SandboxProviderContract {
    static final Duration TIMEOUT = Duration.ofSeconds(60);

    static final AgentLog NO_LOG = new AgentLog() {
        @Override
        public void append(Source source, byte[] bytes) {}

        @Override
        public void dropped(long bytes) {}
    };

    @TempDir
    Path folder;

    abstract SandboxProvider provider();

    /** A boot of the function. */
    abstract BootSpec boot(String id);

    /** A path of the function that makes it remember, and one that answers {@code kept} when it does. */
    abstract String rememberPath();

    abstract String recallPath();

    static String get(Sandbox sandbox, String path) throws IOException {
        ByteBuffer request = ByteBuffer.wrap(
                ("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").getBytes(US_ASCII));
        try (FunctionConnection connection = sandbox.connect(request, TIMEOUT)) {
            String answer = new String(connection.input().readAllBytes(), UTF_8);
            assertThat(connection.acceptedNanos()).isPresent();
            return answer;
        }
    }

    private ThawSpec frozen(String id, Sandbox original) throws IOException {
        Path memory = folder.resolve(id + ".memory");
        Path state = folder.resolve(id + ".state");
        FrozenSandbox frozen = original.freeze(TIMEOUT);
        Files.copy(frozen.memory(), memory);
        Files.write(state, frozen.deviceState());
        frozen.resume();
        BootSpec spec = boot(id);
        return new ThawSpec(id, spec.shape(), spec.rootfs(), memory, state, GuestIdentity.fresh(id), TIMEOUT, NO_LOG);
    }

    private Sandbox clone(String id, Sandbox original) throws IOException {
        PhaseClock phases = new PhaseClock(System::nanoTime);
        Sandbox clone = provider().thaw(frozen(id, original), phases);
        assertThat(phases.millis().keySet()).containsExactly(Phase.VMM, Phase.LOAD, Phase.RESUME, Phase.RENEW);
        return clone;
    }

    @Test
    void aPreparedOneBecomesAnyCloneOfItsShapeOnce() throws IOException {
        try (Sandbox original = provider().boot(boot("original"), new PhaseClock(System::nanoTime))) {
            get(original, rememberPath());
            ThawSpec spec = frozen("clone", original);
            PhaseClock phases = new PhaseClock(System::nanoTime);
            try (PreparedSandbox prepared = provider().prepare(spec.shape()).orElseThrow();
                    Sandbox clone = prepared.thaw(spec, phases)) {
                assertThat(phases.millis().keySet()).containsExactly(Phase.VMM, Phase.LOAD, Phase.RESUME, Phase.RENEW);
                assertThat(clone.id()).isEqualTo("clone");
                assertThat(get(clone, recallPath())).endsWith("kept");
                prepared.close();
                assertThat(get(clone, recallPath())).endsWith("kept");
                assertThatThrownBy(() -> prepared.thaw(spec, phases)).isInstanceOf(SandboxException.class);
            }
        }
    }

    private static ThawSpec arriving(ThawSpec spec, ThawSpec.Arrival arrival) {
        return new ThawSpec(
                spec.id(),
                spec.shape(),
                spec.rootfs(),
                spec.memory(),
                spec.deviceState(),
                arrival,
                spec.identity(),
                spec.timeout(),
                spec.log());
    }

    @Test
    void aStateIsWaitedForWhenTheVmmIsThere() throws IOException {
        try (Sandbox original = provider().boot(boot("original"), new PhaseClock(System::nanoTime))) {
            get(original, rememberPath());
            PhaseClock phases = new PhaseClock(System::nanoTime);
            ThawSpec spec = arriving(frozen("late", original), soFar -> {
                assertThat(soFar.millis()).containsOnlyKeys(Phase.VMM);
                soFar.end(Phase.FETCH);
            });
            try (Sandbox clone = provider().thaw(spec, phases)) {
                assertThat(phases.millis().keySet())
                        .containsExactly(Phase.FETCH, Phase.VMM, Phase.LOAD, Phase.RESUME, Phase.RENEW);
                assertThat(get(clone, recallPath())).endsWith("kept");
            }
        }
    }

    @Test
    void aStateThatDoesNotComeEndsTheThaw() throws IOException {
        try (Sandbox original = provider().boot(boot("original"), new PhaseClock(System::nanoTime))) {
            SandboxException lost = new SandboxException(SandboxException.Code.STATE, "it is lost");
            ThawSpec spec = arriving(frozen("lost", original), _ -> {
                throw lost;
            });
            assertThatThrownBy(() -> provider().thaw(spec, new PhaseClock(System::nanoTime)))
                    .isSameAs(lost);
            try (PreparedSandbox prepared = provider().prepare(spec.shape()).orElseThrow()) {
                assertThatThrownBy(() -> prepared.thaw(spec, new PhaseClock(System::nanoTime)))
                        .isSameAs(lost);
            }
        }
    }

    @Test
    void aPreparedOneThatWasClosedIsOfNoUse() throws IOException {
        BootSpec boot = boot("unused");
        ThawSpec spec = new ThawSpec(
                "unused", boot.shape(), folder, folder, folder, GuestIdentity.fresh("unused"), TIMEOUT, NO_LOG);
        PreparedSandbox prepared = provider().prepare(boot.shape()).orElseThrow();
        assertThat(prepared.shape()).isEqualTo(boot.shape());
        assertThat(prepared.ended()).isNotDone();
        prepared.close();
        prepared.close();
        assertThatThrownBy(() -> prepared.thaw(spec, new PhaseClock(System::nanoTime)))
                .isInstanceOf(SandboxException.class);
    }

    @Test
    void aBootedFunctionAnswersAndItsPhasesAreAccountedFor() throws IOException {
        PhaseClock phases = new PhaseClock(System::nanoTime);
        try (Sandbox sandbox = provider().boot(boot("booted"), phases)) {
            assertThat(phases.millis().keySet()).containsExactly(Phase.VMM, Phase.KERNEL, Phase.APP);
            assertThat(get(sandbox, "/")).startsWith("HTTP/1.").contains(" 200 ");
            assertThat(sandbox.exited()).isNotDone();
        }
    }

    @Test
    void theFrozenOneGoesOnAndItsCloneKnowsWhatItKnew() throws IOException {
        try (Sandbox sandbox = provider().boot(boot("original"), new PhaseClock(System::nanoTime))) {
            get(sandbox, rememberPath());
            try (Sandbox clone = clone("clone", sandbox)) {
                assertThat(get(clone, recallPath())).endsWith("kept");
                assertThat(get(sandbox, recallPath())).endsWith("kept");
            }
            assertThat(get(sandbox, "/")).contains(" 200 ");
        }
    }

    @Test
    void frozenMemoryHasExactlyTheGuestsSize() throws IOException {
        BootSpec spec = boot("sized");
        try (Sandbox sandbox = provider().boot(spec, new PhaseClock(System::nanoTime))) {
            FrozenSandbox frozen = sandbox.freeze(TIMEOUT);
            Path memory = folder.resolve("sized.memory");
            Files.copy(frozen.memory(), memory);
            frozen.resume();
            assertThat(memory).hasSize(spec.shape().memoryBytes());
        }
    }

    @Test
    void closingEndsItForAll() throws Exception {
        Sandbox sandbox = provider().boot(boot("closing"), new PhaseClock(System::nanoTime));
        FunctionConnection open = sandbox.connect(ByteBuffer.wrap("GET / HTTP/1.1\r\n".getBytes(US_ASCII)), TIMEOUT);
        sandbox.close();
        assertThat(sandbox.exited().get(10, TimeUnit.SECONDS).text()).isNotEmpty();
        assertThatThrownBy(() -> open.input().readAllBytes()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> sandbox.connect(ByteBuffer.allocate(0), TIMEOUT))
                .isInstanceOf(SandboxException.class);
        sandbox.close();
    }

    @Test
    void aFrozenOneCanBeClosed() throws Exception {
        Sandbox sandbox = provider().boot(boot("frozen"), new PhaseClock(System::nanoTime));
        sandbox.freeze(TIMEOUT);
        sandbox.close();
        assertThat(sandbox.exited().get(10, TimeUnit.SECONDS)).isNotNull();
    }
}
