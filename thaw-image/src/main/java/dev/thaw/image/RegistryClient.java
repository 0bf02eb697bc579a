package dev.thaw.image;

import dev.thaw.image.RegistryHosts.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One GET of the Distribution API: with what the registry asks for as proof, and along its redirects. */
final class RegistryClient {
    private static final int MAX_REDIRECTS = 5;

    private final RegistryHosts hosts;
    private final RegistryTokens tokens;
    private final RegistryOptions options;

    RegistryClient(RegistryHosts hosts, RegistryTokens tokens, RegistryOptions options) {
        this.hosts = hosts;
        this.tokens = tokens;
        this.options = options;
    }

    /**
     * @param path below the repository, as in {@code manifests/latest}
     * @param accept media types
     * @param from the first byte that is wanted
     * @return an answer of status 200 or 206, whose body the caller closes
     * @throws RegistryFailure for any other status but refusals
     */
    HttpResponse<InputStream> get(String host, String repository, String path, List<String> accept, long from)
            throws IOException, InterruptedException {
        Endpoint endpoint = hosts.endpoint(host);
        String name = host.equals(RegistryHosts.DOCKER_HUB) && repository.indexOf('/') < 0
                ? "library/" + repository
                : repository;
        URI uri = endpoint.base().resolve("/v2/" + name + "/" + path);
        Optional<String> proof = tokens.header(host, name);
        HttpResponse<InputStream> response = follow(endpoint.client(), uri, accept, from, proof);
        if (response.statusCode() == 401) {
            List<String> challenges = response.headers().allValues("WWW-Authenticate");
            response.body().close();
            proof = tokens.answer(host, name, challenges);
            if (proof.isEmpty()) {
                throw RegistryTokens.denied(host);
            }
            response = follow(endpoint.client(), uri, accept, from, proof);
        }
        int status = response.statusCode();
        if (status == 200 || status == 206 || status == 416) {
            return response;
        }
        response.body().close();
        if (status == 401 || status == 403) {
            throw RegistryTokens.denied(host);
        }
        if (status == 404) {
            throw new ImageException(
                    ImageException.Kind.NOT_FOUND,
                    "The registry " + host + " has no " + repository + " with "
                            + path.replaceFirst("^manifests/", "the tag or digest ")
                                    .replaceFirst("^blobs/", "the blob ")
                            + ". Check the name, or push it.");
        }
        throw new RegistryFailure(
                status, "The registry " + host + " answers " + status + " for " + repository + "/" + path + ".");
    }

    /** By hand, because a proof belongs to the registry and not to where it sends its clients for the bytes. */
    private HttpResponse<InputStream> follow(
            HttpClient client, URI first, List<String> accept, long from, Optional<String> proof)
            throws IOException, InterruptedException {
        URI uri = first;
        HttpClient current = client;
        for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri);
            accept.forEach(it -> request.header("Accept", it));
            if (from > 0) {
                request.header("Range", "bytes=" + from + "-");
            }
            if (proof.isPresent() && sameOrigin(uri, first)) {
                request.header("Authorization", proof.get());
            }
            HttpResponse<InputStream> response = send(current, request.build(), options.stall());
            Optional<String> location = response.headers().firstValue("Location");
            if (response.statusCode() < 300 || response.statusCode() > 308 || location.isEmpty()) {
                return response;
            }
            response.body().close();
            URI next = redirect(uri, location.get());
            current = sameOrigin(next, first) ? client : hosts.client(next.getRawAuthority());
            uri = next;
        }
        throw new RegistryFailure(
                310, "The registry " + first.getAuthority() + " redirects more than " + MAX_REDIRECTS + " times.");
    }

    /** Within {@code patience} to the answer's head, and from one byte of its body to the next. */
    static HttpResponse<InputStream> send(HttpClient client, HttpRequest request, Duration patience)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<InputStream>> answer = client.sendAsync(request, TimedBody.handler(patience));
        try {
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no answer for " + patience.toMillis() + " ms");
        } finally {
            // Does nothing to an answer that is there; one that comes too late is not waited for by anybody.
            answer.cancel(true);
        }
    }

    private static URI redirect(URI from, String location) throws IOException {
        try {
            URI to = from.resolve(location);
            boolean kept =
                    "https".equals(to.getScheme()) || "http".equals(to.getScheme()) && "http".equals(from.getScheme());
            if (to.getHost() != null && kept) {
                return to;
            }
        } catch (IllegalArgumentException e) {
            throw (RegistryFailure) new RegistryFailure(
                            310, "The registry " + from.getAuthority() + " redirects to what is no address.")
                    .initCause(e);
        }
        throw new RegistryFailure(
                310, "The registry " + from.getAuthority() + " redirects to where TLS would be lost.");
    }

    private static boolean sameOrigin(URI one, URI other) {
        return one.getScheme().equals(other.getScheme())
                && one.getRawAuthority().equals(other.getRawAuthority());
    }
}
