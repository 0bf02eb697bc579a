package dev.thaw.gateway.http;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.core5.function.Supplier;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;

/** The headers behind a chunked body that was received. httpcore keeps them in the stream, not in the entity. */
public final class Trailers {
    private Trailers() {}

    /** To be asked once the body has ended; empty before. */
    public static Supplier<List<? extends Header>> of(HttpEntity received) throws IOException {
        if (!(received.getContent() instanceof ChunkedInputStream chunks)) {
            return List::of;
        }
        return () -> {
            Header[] footers = chunks.getFooters();
            return footers == null ? List.of() : Arrays.asList(footers);
        };
    }
}
