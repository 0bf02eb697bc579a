package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.BlockMap;
import dev.thaw.store.chunk.FrameKey;
import dev.thaw.store.chunk.FrameRef;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Looks at the public bases. Repairing forgets one that is not whole: whoever publishes it again heals it. */
final class BaseCheck {
    private final PublicBases bases;
    private final Images images;
    private final boolean repair;
    private final List<StoreCheck.Finding> findings;
    private final List<Looked> looked = new ArrayList<>();

    BaseCheck(PublicBases bases, Images images, boolean repair, List<StoreCheck.Finding> findings) {
        this.bases = requireNonNull(bases, "bases is null");
        this.images = requireNonNull(images, "images is null");
        this.repair = repair;
        this.findings = requireNonNull(findings, "findings is null");
    }

    private record Looked(String key, BlockMap map) {}

    /** Reads the bases of a domain. */
    void look(Domain domain, Cancellation cancellation) throws StoreException {
        for (String key : bases.keys(domain, cancellation)) {
            try {
                Optional<PublicBases.Base> base = bases.read(domain, key, cancellation);
                if (base.isPresent()) {
                    looked.add(new Looked(key, images.read(domain, base.get().rootfs(), cancellation)));
                }
            } catch (StoreException e) {
                switch (e.code()) {
                    case CORRUPT, NOT_FOUND -> forget(key, String.valueOf(e.getMessage()), cancellation);
                    case UNSUPPORTED ->
                        findings.add(new StoreCheck.Finding(
                                key, "It is of another version of Thaw and was left alone: " + e.getMessage(), false));
                    default -> throw e;
                }
            }
        }
    }

    /** What the bases that could be read refer to. */
    List<FrameRef> frames() {
        return looked.stream().flatMap(one -> one.map().frames().stream()).toList();
    }

    /** @param bad frames that are damaged or lost */
    void judge(Map<FrameKey, String> bad, Cancellation cancellation) throws StoreException {
        for (Looked one : looked) {
            Optional<FrameRef> lost = one.map().frames().stream()
                    .filter(frame -> bad.containsKey(frame.key()))
                    .findFirst();
            if (lost.isPresent()) {
                forget(one.key(), "frame " + lost.get().key() + " is damaged or lost", cancellation);
            }
        }
    }

    private void forget(String key, String why, Cancellation cancellation) throws StoreException {
        if (repair) {
            bases.forget(key, cancellation);
        }
        findings.add(new StoreCheck.Finding(key, "A public base is not whole: " + why, repair));
    }
}
