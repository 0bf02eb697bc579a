package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads everything that is published. Repairing makes a store that tells the truth: what is damaged or lost is not published any more, so that the next boot freezes it
 * anew, and a damaged part does not stand in the way of the right one.
 */
final class StoreChecker {
    private static final int BUFFER_BYTES = 1 << 20;

    private final ObjectStore objects;
    private final PointerStore pointers;
    private final boolean repair;
    private final List<StoreCheck.Finding> findings = new ArrayList<>();
    private final Map<Digest, Optional<String>> parts = new HashMap<>();
    private int snapshots;
    private long readBytes;

    StoreChecker(ObjectStore objects, boolean repair) {
        this.objects = requireNonNull(objects, "objects is null");
        this.pointers = new PointerStore(objects);
        this.repair = repair;
    }

    StoreCheck check(Cancellation cancellation) throws StoreException {
        List<String> keys = new ArrayList<>();
        objects.list(PointerStore.PREFIX, object -> keys.add(object.key()), cancellation);
        for (String key : keys) {
            checkPointer(key, cancellation);
        }
        return new StoreCheck(snapshots, readBytes, findings);
    }

    private void checkPointer(String key, Cancellation cancellation) throws StoreException {
        PointerStore.Read read;
        try {
            read = pointers.read(key, cancellation);
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.UNSUPPORTED) {
                add(key, "It is of another version of Thaw and was left alone: " + e.getMessage(), false);
                return;
            }
            if (e.code() != StoreException.Code.CORRUPT) {
                throw e;
            }
            boolean done = repair
                    && pointers.replace(pointers.readToReplace(key, cancellation), Optional.empty(), cancellation);
            add(key, "The pointer cannot be read: " + e.getMessage(), done);
            return;
        }
        if (read.manifest().isEmpty()) {
            return;
        }
        snapshots++;
        Manifest manifest = read.manifest().get();
        boolean whole = true;
        for (Part part : manifest.parts()) {
            whole &= checkPart(part, cancellation);
        }
        if (!whole) {
            boolean done = repair && pointers.replace(read, Optional.empty(), cancellation);
            add(key, "The snapshot " + manifest.id() + " of " + manifest.revision() + " is not whole.", done);
        }
    }

    private boolean checkPart(Part part, Cancellation cancellation) throws StoreException {
        Optional<String> known = parts.get(part.digest());
        if (known == null) {
            known = read(part, cancellation);
            parts.put(part.digest(), known);
            if (known.isPresent()) {
                String key = PartStore.key(part.digest());
                if (repair) {
                    objects.delete(key, cancellation);
                }
                add(key, known.get(), repair);
            }
        }
        return known.isEmpty();
    }

    /** Returns what is wrong. */
    private Optional<String> read(Part part, Cancellation cancellation) throws StoreException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (ObjectReader reader = objects.get(PartStore.key(part.digest()), ByteRange.all(), cancellation);
                VerifiedChannel channel = new VerifiedChannel(part, reader)) {
            int count;
            while ((count = channel.read(buffer.clear())) >= 0) {
                readBytes += count;
            }
            return Optional.empty();
        } catch (StoreException e) {
            return switch (e.code()) {
                case CORRUPT -> Optional.of(String.valueOf(e.getMessage()));
                case NOT_FOUND -> Optional.of("The " + part + " is not there.");
                default -> throw e;
            };
        } catch (IOException e) {
            throw new StoreException(
                    StoreException.Code.UNAVAILABLE, "The " + part + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void add(String key, String text, boolean repaired) {
        findings.add(new StoreCheck.Finding(key, text, repaired));
    }
}
