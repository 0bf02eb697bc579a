package dev.thaw.gateway.invoke;

import java.io.IOException;
import java.time.Duration;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;

/** One exchange with a function, in the version of HTTP that it speaks. The body may go in from one thread while the answer is read in another. */
interface FunctionHttp extends AutoCloseable {
    /** Sends the head, off at once unless a body follows from the same thread. */
    void sendHead(ClassicHttpRequest request, boolean bodyFollows) throws HttpException, IOException;

    /** Sends the request's entity, whole. */
    void sendBody(ClassicHttpRequest request) throws HttpException, IOException;

    /** The next head that comes, which may be an interim one. */
    ClassicHttpResponse receiveHead() throws HttpException, IOException;

    /** Gives the answer its entity, where it has one; its trailers are those of {@code Trailers.of}. */
    void receiveBody(ClassicHttpResponse response) throws HttpException, IOException;

    /** When the first byte of the answer came, as {@link System#nanoTime} tells; 0 before. */
    long firstByteNanos();

    /** How long each further read and write may wait. */
    void timeout(Duration limit);

    @Override
    void close();
}
