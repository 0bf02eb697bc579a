package dev.thaw.load.run;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where a function answers.
 *
 * @param authority what the request calls the host: {@code Host} in HTTP/1.1, {@code :authority} in HTTP/2 and gRPC
 * @param path of an HTTP request; gRPC has its own
 */
public record Target(String host, int port, String authority, String path) {
    public Target {
        requireNonNull(host, "host is null");
        requireNonNull(authority, "authority is null");
        requireNonNull(path, "path is null");
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("Not a port: " + port);
        }
    }

    /** @throws IllegalArgumentException with a text for the user unless {@code url} is like {@code http://host:port/path} */
    public static Target parse(String url) {
        try {
            URI uri = new URI(url);
            if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
                throw new IllegalArgumentException(
                        "Not an end point: '" + url + "'. Write http://HOST:PORT/PATH; TLS is not supported.");
            }
            int port = uri.getPort() < 0 ? 80 : uri.getPort();
            String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            String bare = uri.getHost().replaceAll("^\\[|]$", "");
            return new Target(bare, port, uri.getHost() + ":" + port, path + query);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("Not an end point: '" + url + "': " + e.getReason() + ".", e);
        }
    }

    public Target withAuthority(String newAuthority) {
        return new Target(host, port, newAuthority, path);
    }

    public Target withPath(String newPath) {
        return new Target(host, port, authority, newPath);
    }
}
