package dev.thaw.gateway.http;

import java.io.IOException;
import org.apache.hc.core5.http.HttpException;

/** Answers requests; called from a thread of the request's own. */
@FunctionalInterface
public interface HttpHandler {
    /**
     * @throws ProblemException to be answered with, unless something has been sent already
     * @throws IOException when the client is gone, or must be told so by the connection's end
     */
    void handle(Exchange exchange) throws ProblemException, HttpException, IOException;
}
