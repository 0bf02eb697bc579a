package dev.thaw.image;

import dev.thaw.image.DockerCredentials.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What goes into the {@code Authorization} header: nothing until a registry asks, then what its challenge asks for. Tokens
 * are kept per host and repository until the registry refuses them (Distribution specification, token authentication).
 */
final class RegistryTokens {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern PARAMETER = Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|([^\",\\s]+))");
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int MAX_ANSWER_BYTES = 1 << 20;

    private record Scope(String host, String repository) {}

    private final RegistryHosts hosts;
    private final DockerCredentials credentials;
    private final Map<Scope, String> headers = new ConcurrentHashMap<>();

    RegistryTokens(RegistryHosts hosts, DockerCredentials credentials) {
        this.hosts = hosts;
        this.credentials = credentials;
    }

    /** The header that served last. */
    Optional<String> header(String host, String repository) {
        return Optional.ofNullable(headers.get(new Scope(host, repository)));
    }

    /** Answers a challenge. Empty when there is nothing that could be shown to the registry. */
    Optional<String> answer(String host, String repository, java.util.List<String> challenges)
            throws IOException, InterruptedException {
        Optional<Credentials> known = credentials.find(host);
        Optional<String> header = Optional.empty();
        for (String challenge : challenges) {
            String scheme = challenge.strip().toLowerCase(Locale.ROOT);
            if (scheme.startsWith("bearer")) {
                header = Optional.of("Bearer " + token(host, repository, parameters(challenge), known));
            } else if (scheme.startsWith("basic") && header.isEmpty()) {
                header = known.filter(Credentials.Password.class::isInstance)
                        .map(it -> DockerCredentials.basic((Credentials.Password) it));
            }
        }
        header.ifPresent(it -> headers.put(new Scope(host, repository), it));
        return header;
    }

    private String token(String host, String repository, Map<String, String> challenge, Optional<Credentials> known)
            throws IOException, InterruptedException {
        URI realm = realm(host, challenge.getOrDefault("realm", ""));
        Map<String, String> query = new HashMap<>();
        query.put("scope", challenge.getOrDefault("scope", "repository:" + repository + ":pull"));
        if (challenge.containsKey("service")) {
            query.put("service", challenge.get("service"));
        }
        HttpRequest.Builder request;
        if (known.isPresent() && known.get() instanceof Credentials.IdentityToken identity) {
            query.putAll(DockerCredentials.refreshForm(identity));
            request = HttpRequest.newBuilder(realm)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(encode(query)));
        } else {
            String separator = realm.getRawQuery() == null ? "?" : "&";
            request = HttpRequest.newBuilder(URI.create(realm + separator + encode(query)));
            known.ifPresent(it -> request.header("Authorization", DockerCredentials.basic((Credentials.Password) it)));
        }
        return send(host, request.build());
    }

    /** Credentials go to where the registry says, but never in clear unless the registry itself is spoken to so. */
    private URI realm(String host, String text) throws ImageException {
        try {
            URI realm = URI.create(text);
            boolean clear = "http".equals(realm.getScheme()) && hosts.mayBePlain(host);
            if (realm.getHost() != null && ("https".equals(realm.getScheme()) || clear)) {
                return realm;
            }
            throw badRealm(host, text);
        } catch (IllegalArgumentException e) {
            throw (ImageException) badRealm(host, text).initCause(e);
        }
    }

    private static ImageException badRealm(String host, String text) {
        return new ImageException(
                ImageException.Kind.DENIED,
                "The registry " + host + " sends for a token to '" + text + "', which is no https address.");
    }

    private String send(String host, HttpRequest request) throws IOException, InterruptedException {
        String authority = request.uri().getRawAuthority();
        HttpClient client = hosts.client(authority);
        HttpResponse<InputStream> response = RegistryClient.send(client, request, TIMEOUT);
        byte[] body;
        try (InputStream in = response.body()) {
            body = in.readNBytes(MAX_ANSWER_BYTES);
        }
        if (response.statusCode() == 401 || response.statusCode() == 403) {
            throw denied(host);
        }
        if (response.statusCode() != 200) {
            throw new RegistryFailure(
                    response.statusCode(),
                    "The token service of the registry " + host + " answers " + response.statusCode() + ".");
        }
        try {
            JsonNode document = JSON.readTree(body);
            String token = document.path("token")
                    .asString(document.path("access_token").asString(""));
            if (!token.isEmpty() && token.chars().allMatch(it -> it > ' ' && it < 127)) {
                return token;
            }
        } catch (JacksonException e) {
            throw new ImageException(
                    ImageException.Kind.DENIED,
                    "The token service of the registry " + host + " answers what is not JSON.",
                    e);
        }
        throw new ImageException(
                ImageException.Kind.DENIED, "The token service of the registry " + host + " answers without a token.");
    }

    static ImageException denied(String host) {
        return new ImageException(
                ImageException.Kind.DENIED,
                "The registry " + host
                        + " refuses: the image is not public, or does not exist. Log in with `docker login " + host
                        + "`, or check the name.");
    }

    private static Map<String, String> parameters(String challenge) {
        Map<String, String> parameters = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(challenge);
        while (matcher.find()) {
            String quoted = matcher.group(2);
            parameters.putIfAbsent(
                    matcher.group(1).toLowerCase(Locale.ROOT), quoted == null ? matcher.group(3) : quoted);
        }
        return parameters;
    }

    private static String encode(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(it -> it.getKey() + "=" + URLEncoder.encode(it.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
