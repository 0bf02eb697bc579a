package dev.thaw.store.object;

import java.nio.ByteBuffer;

/** A reader of another one's bytes, for those who do something to them. */
public abstract class ForwardingObjectReader implements ObjectReader {
    private final ObjectReader reader;

    protected ForwardingObjectReader(ObjectReader reader) {
        this.reader = reader;
    }

    @Override
    public ObjectInfo info() {
        return reader.info();
    }

    @Override
    public long lengthBytes() {
        return reader.lengthBytes();
    }

    @Override
    public int read(ByteBuffer target) throws StoreException {
        return reader.read(target);
    }

    @Override
    public boolean isOpen() {
        return reader.isOpen();
    }

    @Override
    public void close() throws StoreException {
        reader.close();
    }
}
