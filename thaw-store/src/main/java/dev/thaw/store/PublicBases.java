package dev.thaw.store;

import static java.util.Objects.requireNonNull;

import dev.thaw.store.chunk.SealedDocument;
import dev.thaw.store.object.Body;
import dev.thaw.store.object.ByteRange;
import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.Condition;
import dev.thaw.store.object.Digest;
import dev.thaw.store.object.ObjectReader;
import dev.thaw.store.object.ObjectStore;
import dev.thaw.store.object.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Root file systems of public base images, in a trust domain of their own that every other may refer to: so the base
 * of a hundred tenants' images is stored once, and nobody learns who uses it. {@code domains/<folder>/bases/<name>}.
 */
final class PublicBases {
    /** The domain whose blocks are no secret. */
    static final String DOMAIN = "public";

    private static final String BASES = "bases";
    private static final int MAX_BYTES = 64 << 10;
    private static final String FORMAT = "thaw.base";
    private static final int VERSION = 1;

    private final ObjectStore objects;
    private final Domains domains;
    private final SnapshotPublisher publisher;

    PublicBases(ObjectStore objects, Domains domains, SnapshotPublisher publisher) {
        this.objects = requireNonNull(objects, "objects is null");
        this.domains = requireNonNull(domains, "domains is null");
        this.publisher = requireNonNull(publisher, "publisher is null");
    }

    /** A base as it is stored. */
    record Base(String key, String name, ImageRef rootfs) {}

    void publish(String name, Path rootfs, Cancellation cancellation) throws StoreException {
        Domain domain = domains.findOrCreate(DOMAIN, cancellation);
        ImageRef image = publisher.publishImage(domain, rootfs, cancellation);
        ObjectNode json = JsonFields.newObject()
                .put("format", FORMAT)
                .put("version", VERSION)
                .put("name", name)
                .put("map", image.map())
                .put("bytes", image.bytes());
        String key = key(domain, name);
        byte[] sealed = SealedDocument.seal(domain.current(), key, JsonFields.encode(json));
        objects.put(key, Body.of(sealed), Condition.always(), cancellation);
    }

    private static String key(Domain domain, String name) {
        return domain.prefix(BASES) + domain.blind(Digest.of(name.getBytes(StandardCharsets.UTF_8)));
    }

    /** Forgets a base; its blocks stay as long as a snapshot refers to them. */
    void delete(String name, Cancellation cancellation) throws StoreException {
        Domain domain = domains.findOrCreate(DOMAIN, cancellation);
        objects.delete(key(domain, name), cancellation);
    }

    /** Every base. */
    List<Base> list(Domain domain, Cancellation cancellation) throws StoreException {
        List<Base> bases = new ArrayList<>();
        for (String key : keys(domain, cancellation)) {
            read(domain, key, cancellation).ifPresent(bases::add);
        }
        return bases;
    }

    List<String> keys(Domain domain, Cancellation cancellation) throws StoreException {
        List<String> keys = new ArrayList<>();
        objects.list(domain.prefix(BASES), object -> keys.add(object.key()), cancellation);
        return keys;
    }

    /**
     * One base; empty when it has just been removed.
     *
     * @throws StoreException CORRUPT or UNSUPPORTED when it cannot be read
     */
    Optional<Base> read(Domain domain, String key, Cancellation cancellation) throws StoreException {
        try (ObjectReader reader = objects.get(key, ByteRange.all(), cancellation)) {
            return Optional.of(decode(key, domains.open(domain, key, reader.readAll(MAX_BYTES), cancellation)));
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Forgets a base of whatever name. */
    void forget(String key, Cancellation cancellation) throws StoreException {
        objects.delete(key, cancellation);
    }

    private static Base decode(String key, byte[] document) throws StoreException {
        JsonFields fields = JsonFields.parse("base image", document, MAX_BYTES).requireFormat(FORMAT, VERSION);
        String name = fields.text("name");
        try {
            Base base = new Base(key, name, new ImageRef(fields.text("map"), fields.number("bytes")));
            fields.end();
            return base;
        } catch (IllegalArgumentException e) {
            throw fields.corrupt("names a block map that cannot be");
        }
    }
}
