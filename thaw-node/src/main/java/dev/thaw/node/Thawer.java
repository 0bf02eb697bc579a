package dev.thaw.node;

import static java.util.Objects.requireNonNull;

import dev.thaw.sandbox.PhaseClock;
import dev.thaw.sandbox.PreparedSandbox;
import dev.thaw.sandbox.Sandbox;
import dev.thaw.sandbox.SandboxException;
import dev.thaw.sandbox.SandboxProvider;
import dev.thaw.sandbox.ThawSpec;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Thaws in a VMM that stands by where there is one, and in a fresh one otherwise, or when the first failed for a reason of its own. */
final class Thawer {
    private static final Logger log = LoggerFactory.getLogger(Thawer.class);

    private final SandboxProvider provider;
    private final PreparedPool prepared;

    Thawer(SandboxProvider provider, PreparedPool prepared) {
        this.provider = requireNonNull(provider, "provider is null");
        this.prepared = requireNonNull(prepared, "prepared is null");
    }

    /** @param how for people, as the end of a sentence: in which VMM */
    record Thawed(Sandbox sandbox, String how) {}

    Thawed thaw(ThawSpec spec, PhaseClock phases) throws SandboxException {
        Optional<PreparedSandbox> standing = prepared.take(spec.shape());
        if (standing.isEmpty()) {
            return new Thawed(provider.thaw(spec, phases), "in a fresh VMM");
        }
        try {
            return new Thawed(standing.get().thaw(spec, phases), "in a prepared VMM");
        } catch (SandboxException e) {
            if (e.code() == SandboxException.Code.STATE) {
                throw e;
            }
            prepared.failed();
            if (!mayBeOfTheVmm(e.code())) {
                throw e;
            }
            log.warn("instance={} the prepared VMM failed, taking a fresh one: {}", spec.id(), e.getMessage());
            return new Thawed(provider.thaw(spec, phases), "in a fresh VMM after a prepared one had failed");
        }
    }

    /** Whether another VMM may do better; a guest that ran and failed would fail again. */
    private static boolean mayBeOfTheVmm(SandboxException.Code code) {
        return switch (code) {
            case VMM_DIED, VMM_HUNG, VMM_REFUSED, HOST -> true;
            default -> false;
        };
    }
}
