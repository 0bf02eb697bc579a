package dev.thaw.cli;

import dev.thaw.gateway.text.Json;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.FileEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "invoke",
        description = "Invoke a function. The answer's body goes to standard output as it comes.",
        footer = {
            "",
            "Example:",
            "  thaw invoke hello",
            "  thaw invoke hello --data @picture.png --path /thumbnail?width=64 -H 'Content-Type: image/png'"
        })
final class InvokeCommand implements Callable<Integer> {
    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "NAME", description = "The function.")
    private String name = "";

    @Option(
            names = {"-d", "--data"},
            paramLabel = "S|@FILE|-",
            description = "The body: a text, a file's content, or standard input.")
    private Optional<String> data = Optional.empty();

    @Option(names = "--path", paramLabel = "PATH", description = "Path and query. Default: /.")
    private String path = "/";

    @Option(
            names = {"-X", "--method"},
            paramLabel = "METHOD",
            description = "Default: POST.")
    private Optional<String> method = Optional.empty();

    @Option(
            names = {"-H", "--header"},
            paramLabel = "'K: V'",
            description = "A header. Repeatable.")
    private List<String> headers = List.of();

    @Option(names = "--worker", paramLabel = "W", description = "The only worker that may serve it, as in worker-1.")
    private Optional<String> worker = Optional.empty();

    @Override
    public Integer call() {
        HttpEntity body = body();
        String verb = method.orElse("POST");
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        OutputStream target = output.json() ? kept : output.out();
        Invocation invocation = server.client().invoke(name, verb, path, headers(), body, target);
        if (output.json()) {
            output.print(json(invocation));
        }
        if (invocation.status() >= 400) {
            output.say((invocation.start().isEmpty() ? "Thaw" : "The function") + " answered " + invocation.status()
                    + ".");
            return 1;
        }
        return 0;
    }

    private Map<String, String> headers() {
        Map<String, String> map = new LinkedHashMap<>();
        for (String header : headers) {
            int colon = header.indexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("Not a header: '" + header + "'. Write -H 'Name: value'.");
            }
            map.put(
                    header.substring(0, colon).strip(),
                    header.substring(colon + 1).strip());
        }
        worker.ifPresent(value -> map.put("Thaw-Worker", value));
        return map;
    }

    private @Nullable HttpEntity body() {
        if (data.isEmpty()) {
            return null;
        }
        String text = data.get();
        if (text.equals("-")) {
            return new InputStreamEntity(System.in, null);
        }
        if (text.startsWith("@")) {
            Path file = Path.of(text.substring(1));
            if (!Files.isReadable(file)) {
                throw new CommandFailure("The file cannot be read: " + file);
            }
            return new FileEntity(file.toFile(), null);
        }
        return new ByteArrayEntity(text.getBytes(StandardCharsets.UTF_8), null);
    }

    static ObjectNode json(Invocation invocation) {
        ObjectNode json = Json.object();
        json.put("status", invocation.status());
        try {
            json.put(
                    "body",
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(invocation.body()))
                            .toString());
        } catch (CharacterCodingException e) {
            // Not a text: JSON has no other form for bytes.
            json.put("body_base64", Base64.getEncoder().encodeToString(invocation.body()));
        }
        json.put("start", invocation.start());
        json.put("worker", invocation.worker());
        json.put("instance", invocation.instance());
        json.put("latency_ms", Json.millis(invocation.latencyMillis()));
        json.put("first_byte_ms", Json.millis(invocation.firstByteMillis()));
        invocation.initializationMillis().ifPresent(millis -> json.put("initialization_ms", Json.millis(millis)));
        ObjectNode phases = json.putObject("phases_ms");
        invocation.phasesMillis().forEach(phases::put);
        json.put("fetched_bytes", invocation.fetchedBytes());
        return json;
    }
}
