package dev.thaw.store.chunk;

import static java.util.Objects.requireNonNull;

/** Gives blocks the same identities as an {@link Identifier}, faster where the process has met them. Belongs to one thread. */
public final class RememberingIdentifier {
    private final Identifier identifier;
    private final IdentityMemo memo;
    private final BlockFingerprint fingerprint;
    private final long[] scratch = new long[BlockFingerprint.LONGS];

    /** @param fingerprint that takes the place of {@code identifier}'s key in {@code memo}, and of no other key */
    public RememberingIdentifier(Identifier identifier, IdentityMemo memo, BlockFingerprint fingerprint) {
        this.identifier = requireNonNull(identifier, "identifier is null");
        this.memo = requireNonNull(memo, "memo is null");
        this.fingerprint = requireNonNull(fingerprint, "fingerprint is null");
    }

    /** The identity of a block, which may be shorter than {@link Blocks#BYTES} at an image's end. */
    public BlockId block(byte[] bytes, int offset, int length) {
        if (length != Blocks.BYTES) {
            return identifier.block(bytes, offset, length);
        }
        fingerprint.take(bytes, offset, scratch);
        BlockId known = memo.find(scratch[0], scratch[1]);
        if (known != null) {
            return known;
        }
        BlockId id = identifier.block(bytes, offset, length);
        memo.remember(scratch[0], scratch[1], id);
        return id;
    }
}
