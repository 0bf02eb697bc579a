package dev.thaw.cli;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.Option;

/** Which daemon a command talks to. */
final class ServerOption {
    private static final String DEFAULT = "http://127.0.0.1:8080";

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The daemon. Default: $THAW_SERVER, else " + DEFAULT + ".")
    private String url = "";

    Client client() {
        String environment = System.getenv().getOrDefault("THAW_SERVER", "");
        String chosen = !url.isEmpty() ? url : environment.isEmpty() ? DEFAULT : environment;
        try {
            return new Client(new URI(chosen));
        } catch (URISyntaxException e) {
            throw new CommandFailure("Not a server: '" + chosen + "'. Write http://HOST:PORT.", e);
        }
    }
}
