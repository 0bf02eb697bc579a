package dev.thaw.image;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where registries are, and the clients that reach them: TLS always, unless the host is this one or the user said so. */
final class RegistryHosts implements AutoCloseable {
    /** The name by which this registry's images are known is not the name of its server. */
    static final String DOCKER_HUB = "docker.io";

    private static final Logger LOG = LoggerFactory.getLogger(RegistryHosts.class);
    private static final String DOCKER_HUB_SERVER = "registry-1.docker.io";
    private static final Duration CONNECT = Duration.ofSeconds(15);

    /** @param base scheme and authority */
    record Endpoint(URI base, HttpClient client) {}

    private final RegistryOptions options;
    private final Map<String, HttpClient> clients = new ConcurrentHashMap<>();
    private final Map<String, Endpoint> endpoints = new ConcurrentHashMap<>();

    RegistryHosts(RegistryOptions options) {
        this.options = options;
    }

    Endpoint endpoint(String host) throws IOException, InterruptedException {
        Endpoint known = endpoints.get(host);
        if (known != null) {
            return known;
        }
        String server = host.equals(DOCKER_HUB) ? DOCKER_HUB_SERVER : host;
        HttpClient client = client(host);
        boolean plain = mayBePlain(host) && speaksPlain(client, URI.create("http://" + server + "/v2/"));
        Endpoint endpoint = new Endpoint(URI.create((plain ? "http://" : "https://") + server), client);
        endpoints.put(host, endpoint);
        return endpoint;
    }

    boolean mayBePlain(String host) {
        String name = host.replaceFirst(":\\d+$", "");
        return options.plainHttp().contains(host)
                || name.equals("localhost")
                || name.equals("[::1]")
                || name.matches("127\\.\\d+\\.\\d+\\.\\d+");
    }

    /**
     * Whether a server takes requests without TLS. One that wants TLS answers them with 400, sends elsewhere, or hangs up;
     * the other way round, a plain server may wait for ever for the end of a handshake that it cannot read.
     */
    private static boolean speaksPlain(HttpClient client, URI probe) throws InterruptedException {
        try {
            int status = client.send(
                            HttpRequest.newBuilder(probe).timeout(CONNECT).build(), BodyHandlers.discarding())
                    .statusCode();
            return status != 400 && (status < 300 || status > 308);
        } catch (ConnectException e) {
            // Nobody is there, which the real request will say.
            return true;
        } catch (IOException e) {
            LOG.debug("A registry does not answer without TLS: {}", probe, e);
            return false;
        }
    }

    /** The client for a host, with the certificate authorities that are trusted for it. */
    HttpClient client(String host) throws IOException {
        HttpClient known = clients.get(host);
        if (known == null) {
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(CONNECT);
            Path own = options.certificates().resolve(host);
            if (Files.isDirectory(own)) {
                builder.sslContext(trusting(own));
            }
            HttpClient made = builder.build();
            HttpClient raced = clients.putIfAbsent(host, made);
            known = raced == null ? made : raced;
        }
        return known;
    }

    private static SSLContext trusting(Path directory) throws IOException {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.crt")) {
                for (Path file : files) {
                    try (InputStream in = Files.newInputStream(file)) {
                        for (Certificate certificate :
                                CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                            store.setCertificateEntry("authority-" + count++, certificate);
                        }
                    }
                }
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new ImageException(
                    ImageException.Kind.UNREACHABLE,
                    "The certificates in " + directory + " cannot be read: " + e.getMessage(),
                    e);
        }
    }

    @Override
    public void close() {
        clients.values().forEach(HttpClient::shutdownNow);
        clients.values().forEach(HttpClient::close);
    }
}
