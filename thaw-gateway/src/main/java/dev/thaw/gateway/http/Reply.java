package dev.thaw.gateway.http;

import java.io.IOException;
import java.net.InetAddress;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;

/** The client's side of one exchange, in the version of HTTP that the client speaks. */
interface Reply {
    InetAddress client();

    /** An interim answer, dropped where the version knows none. */
    void inform(ClassicHttpResponse interim) throws HttpException, IOException;

    /** The answer, framed as the version has it. */
    void send(ClassicHttpResponse response) throws HttpException, IOException;

    /** The connection takes no other request after this one, where it takes one at a time. */
    void last();

    /** Breaks the answer off so that what has been sent cannot be taken for the whole. */
    void abort();

    /** Runs {@code action} once when the client is known to be gone before its answer was complete; where that cannot be known, never. */
    void whenGone(Runnable action);
}
