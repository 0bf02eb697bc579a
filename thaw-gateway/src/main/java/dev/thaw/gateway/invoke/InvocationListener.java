package dev.thaw.gateway.invoke;

import dev.thaw.node.StartKind;
import dev.thaw.sandbox.Phase;
import java.util.Map;

/** Hears how invocations went: metrics are made of it. Called on the invocation's thread; must not block. */
public interface InvocationListener {
    /**
     * The answer's first byte was there.
     *
     * @param phasesMillis add up to the time since the registration
     */
    void answered(String function, String worker, StartKind kind, int status, Map<Phase, Double> phasesMillis);

    /** Thaw itself answered, with a problem. */
    void failed(String function, int status, String problem);
}
