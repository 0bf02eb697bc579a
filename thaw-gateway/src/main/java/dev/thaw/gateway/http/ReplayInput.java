package dev.thaw.gateway.http;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;

/** A stream whose first bytes were looked at already. It never waits for more than it has. */
final class ReplayInput extends InputStream {
    private final byte[] first;
    private final InputStream rest;
    private int at;

    ReplayInput(byte[] first, InputStream rest) {
        this.first = requireNonNull(first, "first is null");
        this.rest = requireNonNull(rest, "rest is null");
    }

    @Override
    public int read() throws IOException {
        return at < first.length ? first[at++] & 0xff : rest.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (at == first.length) {
            return rest.read(target, offset, length);
        }
        int count = Math.min(length, first.length - at);
        System.arraycopy(first, at, target, offset, count);
        at += count;
        return count;
    }

    @Override
    public int available() throws IOException {
        return first.length - at + rest.available();
    }
}
