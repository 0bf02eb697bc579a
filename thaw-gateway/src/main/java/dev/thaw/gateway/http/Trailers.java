package dev.thaw.gateway.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.core5.function.Supplier;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;

/** The headers behind a body that was received. httpcore keeps them in the stream, not in the entity. */
public final class Trailers {
    private Trailers() {}

    /** A body's stream that knows what came behind it. */
    interface Source {
        /** To be asked once the body has ended. */
        List<Header> trailers();
    }

    /** To be asked once the body has ended; empty before. */
    public static Supplier<List<? extends Header>> of(HttpEntity received) throws IOException {
        InputStream content = received.getContent();
        if (content instanceof Source source) {
            return source::trailers;
        }
        if (!(content instanceof ChunkedInputStream chunks)) {
            return List::of;
        }
        return () -> {
            Header[] footers = chunks.getFooters();
            return footers == null ? List.of() : Arrays.asList(footers);
        };
    }
}
