package dev.thaw.image;

import dev.thaw.image.ImageReference.DockerArchive;
import dev.thaw.image.ImageReference.Layout;
import dev.thaw.image.ImageReference.Registry;
import dev.thaw.image.ImageReference.Sample;
import dev.thaw.store.object.Digest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The forms of an image reference; the registry's follows the distribution specification's grammar. */
final class ReferenceParser {
    private static final Pattern HOST =
            Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+])(?::\\d{1,5})?");
    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}");
    private static final Pattern SAMPLE = Pattern.compile("[a-z0-9]+(?:-[a-z0-9]+)*");
    private static final String FORMS =
            "Write registry/repository:tag, oci:DIR[:TAG], docker-archive:FILE or sample:NAME.";

    private ReferenceParser() {}

    static ImageReference parse(String text) {
        if (text.isBlank() || !text.equals(text.strip())) {
            throw new IllegalArgumentException(
                    "An image reference is empty or has blanks around it: '" + text + "'. " + FORMS);
        }
        int colon = text.indexOf(':');
        String scheme = colon < 0 ? "" : text.substring(0, colon);
        String rest = text.substring(colon + 1);
        return switch (scheme) {
            case "oci" -> layout(text, rest);
            case "docker-archive" -> new DockerArchive(path(text, rest, "docker-archive:image.tar"));
            case "sample" -> sample(rest);
            case "docker", "http", "https" ->
                throw new IllegalArgumentException("An image reference has no scheme for registries: '" + text
                        + "'. Write " + rest.replaceFirst("^/+", "") + ".");
            default -> registry(text);
        };
    }

    private static Sample sample(String name) {
        if (!SAMPLE.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "Not a sample's name: '" + name + "'. Write sample:NAME, as in sample:hello-python.");
        }
        return new Sample(name);
    }

    private static Layout layout(String text, String rest) {
        int colon = rest.lastIndexOf(':');
        // A colon inside the last component begins a tag; elsewhere it belongs to the path.
        if (colon < 0 || rest.indexOf('/', colon) >= 0) {
            return new Layout(path(text, rest, "oci:DIR"), Optional.empty());
        }
        String tag = rest.substring(colon + 1);
        if (tag.isEmpty()) {
            throw new IllegalArgumentException("The tag is missing in '" + text + "'. Write oci:DIR or oci:DIR:TAG.");
        }
        return new Layout(path(text, rest.substring(0, colon), "oci:DIR"), Optional.of(tag));
    }

    private static Path path(String text, String path, String example) {
        if (path.isEmpty()) {
            throw new IllegalArgumentException("The path is missing in '" + text + "'. Write " + example + ".");
        }
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("Not a path in '" + text + "'. Write " + example + ".", e);
        }
    }

    private static Registry registry(String text) {
        String rest = text;
        Optional<Digest> digest = Optional.empty();
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Optional.of(Digest.parse(rest.substring(at + 1)));
            rest = rest.substring(0, at);
        }
        int slash = rest.indexOf('/');
        String host = slash < 0 ? "" : rest.substring(0, slash);
        // Without a dot, a port or this name, the first component is a repository's, as everywhere.
        if (!host.contains(".") && !host.contains(":") && !host.equals("localhost")) {
            throw new IllegalArgumentException("The registry is missing in '" + text
                    + "': Thaw does not guess one. Write it before the repository, as in registry.example.com/" + text
                    + "; " + Character.toLowerCase(FORMS.charAt(0)) + FORMS.substring(1));
        }
        String repository = rest.substring(slash + 1);
        String tag = "latest";
        int colon = repository.lastIndexOf(':');
        if (colon >= 0) {
            tag = repository.substring(colon + 1);
            repository = repository.substring(0, colon);
        }
        check(
                HOST.matcher(host),
                "registry",
                host,
                text,
                "a host name and perhaps a port, as in registry.example.com:5000");
        check(
                REPOSITORY.matcher(repository),
                "repository",
                repository,
                text,
                "lower-case words joined by '/', '.', '_' or '-'");
        check(TAG.matcher(tag), "tag", tag, text, "up to 128 letters, digits, '.', '_' and '-'");
        return new Registry(host, repository, tag, digest);
    }

    private static void check(Matcher matcher, String part, String value, String text, String form) {
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "Not a " + part + ": '" + value + "' in '" + text + "'. A " + part + " is " + form + ".");
        }
    }
}
