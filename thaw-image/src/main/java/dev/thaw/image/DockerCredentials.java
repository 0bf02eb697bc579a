package dev.thaw.image;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Credentials as Docker's configuration keeps them: written into it, or behind a credential helper
 * ({@code docker-credential-NAME}, one for a host or one for all). Read anew each time, so that a login takes effect.
 */
final class DockerCredentials {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int HELPER_SECONDS = 30;
    private static final int MAX_BYTES = 1 << 20;

    /** What a user proves to a registry. */
    sealed interface Credentials {
        record Password(String user, String password) implements Credentials {
            @Override
            public String toString() {
                return "Password[user=" + user + "]";
            }
        }

        /** A long-lived token that buys short-lived ones. */
        record IdentityToken(String token) implements Credentials {
            @Override
            public String toString() {
                return "IdentityToken";
            }
        }
    }

    private final Path config;
    private final UnaryOperator<String> helpers;

    DockerCredentials(Path config) {
        this(config, program -> program);
    }

    /** @param helpers from a helper's name to the program that is started; by default the path finds it */
    DockerCredentials(Path config, UnaryOperator<String> helpers) {
        this.config = config;
        this.helpers = helpers;
    }

    /** @param host as in the reference, with its port */
    Optional<Credentials> find(String host) throws IOException {
        JsonNode document;
        try {
            document = JSON.readTree(Files.readAllBytes(config));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JacksonException e) {
            throw new ImageException(
                    ImageException.Kind.DENIED,
                    "Docker's configuration " + config + " is not JSON: " + e.getOriginalMessage(),
                    e);
        }
        for (String key : keys(host)) {
            String helper = document.path("credHelpers").path(key).asString("");
            if (!helper.isEmpty()) {
                return ask(helper, key);
            }
        }
        String store = document.path("credsStore").asString("");
        if (!store.isEmpty()) {
            for (String key : keys(host)) {
                Optional<Credentials> found = ask(store, key);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return written(document.path("auths"), host);
    }

    /** The forms under which tools have written a host. */
    private static List<String> keys(String host) {
        return host.equals(RegistryHosts.DOCKER_HUB)
                ? List.of("https://index.docker.io/v1/", host, "index.docker.io")
                : List.of(
                        host,
                        "https://" + host,
                        "http://" + host,
                        "https://" + host + "/v1/",
                        "https://" + host + "/v2/");
    }

    private Optional<Credentials> written(JsonNode auths, String host) throws IOException {
        for (String key : keys(host)) {
            JsonNode entry = auths.path(key);
            String identity = entry.path("identitytoken").asString("");
            if (!identity.isEmpty()) {
                return Optional.of(new Credentials.IdentityToken(identity));
            }
            String both = entry.path("auth").asString("");
            if (!both.isEmpty()) {
                return Optional.of(decode(both, key));
            }
            String user = entry.path("username").asString("");
            if (!user.isEmpty()) {
                return Optional.of(
                        new Credentials.Password(user, entry.path("password").asString("")));
            }
        }
        return Optional.empty();
    }

    private Credentials decode(String both, String key) throws IOException {
        try {
            String pair = new String(Base64.getDecoder().decode(both), StandardCharsets.UTF_8);
            int colon = pair.indexOf(':');
            if (colon > 0) {
                String password = pair.substring(colon + 1);
                return new Credentials.Password(pair.substring(0, colon), password.replaceAll("\0+$", ""));
            }
            throw unreadable(key, null);
        } catch (IllegalArgumentException e) {
            throw unreadable(key, e);
        }
    }

    private ImageException unreadable(String key, @org.jspecify.annotations.Nullable Throwable cause) {
        String message =
                "The credentials for " + key + " in " + config + " cannot be read. Log in anew: docker login " + key;
        return cause == null
                ? new ImageException(ImageException.Kind.DENIED, message)
                : new ImageException(ImageException.Kind.DENIED, message, cause);
    }

    private Optional<Credentials> ask(String helper, String key) throws IOException {
        if (!helper.matches("[A-Za-z0-9._-]+")) {
            throw new ImageException(
                    ImageException.Kind.DENIED,
                    "Docker's configuration " + config + " names a credential helper that is none: '" + helper + "'.");
        }
        String program = "docker-credential-" + helper;
        Path answer = Files.createTempFile("thaw-credential", "");
        try {
            Process process = start(program, answer);
            try (OutputStream in = process.getOutputStream()) {
                in.write((key + "\n").getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(HELPER_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new ImageException(
                        ImageException.Kind.DENIED,
                        "The credential helper " + program + " does not answer within " + HELPER_SECONDS + " s.");
            }
            return parse(program, process.exitValue(), Files.size(answer) > MAX_BYTES ? "" : Files.readString(answer));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageException(
                    ImageException.Kind.DENIED, "Asking the credential helper " + program + " was cancelled.", e);
        } finally {
            Files.deleteIfExists(answer);
        }
    }

    private Process start(String program, Path answer) throws IOException {
        try {
            return new ProcessBuilder(helpers.apply(program), "get")
                    .redirectOutput(answer.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new ImageException(
                    ImageException.Kind.DENIED,
                    "Docker's configuration names the credential helper " + program
                            + ", which cannot be started. Install it, or take it out of the configuration.",
                    e);
        }
    }

    /** Helpers say by their output, in words that Docker fixed, that they know nothing of a host. */
    private static Optional<Credentials> parse(String program, int exit, String output) throws IOException {
        if (exit != 0) {
            if (output.toLowerCase(Locale.ROOT).contains("credentials not found")) {
                return Optional.empty();
            }
            throw new ImageException(
                    ImageException.Kind.DENIED,
                    "The credential helper " + program + " failed with " + exit + ": " + output.strip());
        }
        try {
            JsonNode document = JSON.readTree(output);
            String user = document.path("Username").asString("");
            String secret = document.path("Secret").asString("");
            return user.equals("<token>")
                    ? Optional.of(new Credentials.IdentityToken(secret))
                    : Optional.of(new Credentials.Password(user, secret));
        } catch (JacksonException e) {
            throw new ImageException(
                    ImageException.Kind.DENIED, "The credential helper " + program + " answers what is not JSON.", e);
        }
    }

    /** For an {@code Authorization} header. */
    static String basic(Credentials.Password password) {
        String pair = password.user() + ":" + password.password();
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    static Map<String, String> refreshForm(Credentials.IdentityToken token) {
        return Map.of("grant_type", "refresh_token", "client_id", "thaw", "refresh_token", token.token());
    }
}
