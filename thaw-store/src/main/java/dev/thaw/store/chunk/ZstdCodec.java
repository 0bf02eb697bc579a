package dev.thaw.store.chunk;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.thaw.store.object.StoreException;

/** Zstandard (RFC 8878), without its own size and checksum: the frame's seal covers both. */
final class ZstdCodec implements Codec {
    static final byte MARK = 1;

    private final ZstdCompressCtx compressor = new ZstdCompressCtx();
    private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();

    ZstdCodec(int level) {
        compressor.setLevel(level).setContentSize(false).setChecksum(false).setDictID(false);
    }

    @Override
    public byte mark() {
        return MARK;
    }

    @Override
    public int compress(byte[] source, int offset, int length, byte[] target, int targetOffset, int capacity) {
        try {
            return compressor.compressByteArray(target, targetOffset, capacity, source, offset, length);
        } catch (ZstdException e) {
            if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
                return -1;
            }
            throw e;
        }
    }

    @Override
    public void decompress(byte[] source, int offset, int length, byte[] target, int plainLength)
            throws StoreException {
        int got;
        try {
            got = decompressor.decompressByteArray(target, 0, plainLength, source, offset, length);
        } catch (ZstdException e) {
            throw new StoreException(StoreException.Code.CORRUPT, "A frame does not decompress: " + e.getMessage(), e);
        }
        if (got != plainLength) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    "A frame decompresses to " + got + " bytes where " + plainLength + " belong.");
        }
    }

    @Override
    public void close() {
        compressor.close();
        decompressor.close();
    }
}
