package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentException;
import dev.thaw.guest.Entropy;
import dev.thaw.guest.RenewRequest;
import java.time.Clock;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The second half of a thaw, the same for a fresh VMM and a prepared one: from a VMM that is connected to a guest that has been renewed. */
final class QemuThaw {
    private final Clock clock;
    private final UnaryOperator<QemuSandbox> register;
    private final Consumer<QemuSandbox> onClose;
    private final Precedence precedence = new Precedence();

    /** @param register what is done to a sandbox that runs */
    QemuThaw(Clock clock, UnaryOperator<QemuSandbox> register, Consumer<QemuSandbox> onClose) {
        this.clock = requireNonNull(clock, "clock is null");
        this.register = requireNonNull(register, "register is null");
        this.onClose = requireNonNull(onClose, "onClose is null");
    }

    /** Brings the device state into the VMM, and ends the phases before {@link Phase#LOAD}. */
    @FunctionalInterface
    interface Loading {
        void run() throws SandboxException;
    }

    /** @param vmm is taken over, also on failure */
    Sandbox finish(Vmm vmm, ThawSpec spec, PhaseClock phases, Loading loading) throws SandboxException {
        try (Precedence.Thaw _ = precedence.begin(vmm.pid())) {
            loading.run();
            phases.end(Phase.LOAD);
            vmm.execute("cont", Map.of());
            phases.end(Phase.RESUME);
            vmm.agent()
                    .renew(
                            new RenewRequest(
                                    RenewRequest.Kind.THAWED,
                                    clock.instant(),
                                    Entropy.fresh(),
                                    spec.identity(),
                                    spec.timeout()),
                            spec.timeout());
            phases.end(Phase.RENEW);
            return register.apply(new QemuSandbox(spec.id(), spec.identity(), vmm, clock, onClose));
        } catch (AgentException e) {
            SandboxException explained = vmm.explain(e);
            vmm.close();
            throw explained;
        } catch (SandboxException e) {
            SandboxException explained = vmm.explain(e);
            vmm.close();
            throw explained;
        } catch (RuntimeException | Error e) {
            vmm.close();
            throw e;
        }
    }
}
