package dev.thaw.gateway.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.gateway.function.DeployedFunction;
import dev.thaw.gateway.function.FunctionLogs;
import dev.thaw.gateway.function.FunctionRegistry;
import dev.thaw.gateway.function.SpecJson;
import dev.thaw.gateway.invoke.CostPlacement;
import dev.thaw.gateway.invoke.Workers;
import dev.thaw.gateway.observe.Metrics;
import dev.thaw.gateway.observe.Observer;
import dev.thaw.gateway.text.Json;
import dev.thaw.node.Revision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The description says what the server does: the same operations, and the same fields of a deployment. */
class OpenApiTest {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "delete", "patch");

    @TempDir
    Path folder;

    private final JsonNode document = read();

    private static JsonNode read() {
        try {
            return Json.read(SystemApi.description());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyOperationIsDescribedAndNoOther() throws Exception {
        Clock clock = Clock.systemUTC();
        SpecJson specs = new SpecJson(Duration.ofSeconds(60));
        Workers workers = new Workers(List.of(), new CostPlacement(1));
        FunctionLogs logs = new FunctionLogs(1, clock);
        Observer observer = new Observer(new Metrics(), clock);
        FunctionRegistry functions = FunctionRegistry.open(
                folder,
                specs,
                (reference, progress) -> {
                    throw new IOException("no images");
                },
                new FunctionRegistry.Listener() {
                    @Override
                    public void deployed(DeployedFunction function) {}

                    @Override
                    public void removed(Revision revision, String why) {}
                },
                clock);
        Api api = new Api(
                new FunctionsApi(functions, specs, workers, logs, observer.history()),
                new NodesApi(workers),
                new SnapshotsApi(Optional.empty(), workers),
                new StoreApi(Optional.empty(), List.of()),
                new SystemApi(observer, () -> true));
        Set<String> served = new TreeSet<>();
        api.routes().forEach(route -> served.add(route.method() + " " + route.path()));
        Set<String> described = new TreeSet<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().propertyNames().stream()
                        .filter(METHODS::contains)
                        .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        assertThat(described).isEqualTo(served);
    }

    @Test
    void everyFieldOfADeploymentIsDescribed() {
        JsonNode example =
                Json.read("{\"name\": \"a\", \"image\": \"x\", \"kernel\": \"/boot/vmlinuz-1\"}".getBytes(UTF_8));
        SpecJson specs = new SpecJson(Duration.ofSeconds(60));
        Set<String> written = new TreeSet<>(specs.write(specs.read(example)).propertyNames());
        Set<String> described = new TreeSet<>(
                document.at("/components/schemas/FunctionSpec/properties").propertyNames());
        assertThat(described).isEqualTo(written);
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        document.findValues("$ref")
                .forEach(reference -> assertThat(
                                document.at(reference.stringValue().substring(1))
                                        .isMissingNode())
                        .as(reference.stringValue())
                        .isFalse());
    }
}
