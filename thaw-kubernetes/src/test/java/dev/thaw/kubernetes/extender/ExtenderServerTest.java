package dev.thaw.kubernetes.extender;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.kubernetes.resource.HeldSnapshots;
import dev.thaw.kubernetes.resource.NodeReport;
import dev.thaw.kubernetes.resource.SnapshotKey;
import dev.thaw.node.placement.NodeLoad;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtenderServerTest {
    private static final String OURS =
            "{\"metadata\":{\"name\":\"p\",\"namespace\":\"ns\",\"uid\":\"u\",\"labels\":{\"serving.knative.dev/revision\":\"r\"}},\"spec\":{\"containers\":[]}}";

    private final SnapshotIndex index = new SnapshotIndex(Duration.ofMinutes(2), System::nanoTime, Instant::now);
    private final ExtenderMetrics metrics = new ExtenderMetrics(index);
    private final AtomicBoolean ready = new AtomicBoolean(true);
    private final HttpClient client = HttpClient.newHttpClient();
    private ExtenderServer server;

    @BeforeEach
    void start() throws IOException {
        ExtenderConfig config = ExtenderConfig.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Decider decider = new Decider(index, config);
        server = new ExtenderServer(
                config.address(),
                Optional.empty(),
                HttpListener.Limits.DEFAULT,
                new Prioritizer(index, decider, SnapshotIdentity.DEFAULT, 100_000),
                metrics,
                ready::get,
                work -> {});
        NodeLoad load = new NodeLoad(4, 1L << 34, 1L << 34, 0, 1L << 30);
        long[] key = {SnapshotKey.of("revision/ns/ns/r")};
        long[] bytes = {24_002_560};
        index.apply(new NodeReport("holder", Instant.now(), "kvm", load, new HeldSnapshots(key, bytes, bytes.clone())));
        index.apply(new NodeReport("idle", Instant.now(), "kvm", load, HeldSnapshots.NONE));
    }

    @AfterEach
    void stop() {
        server.close();
        client.close();
    }

    @Test
    void scoresNamesInTheirOrder() throws Exception {
        HttpResponse<String> answer = post(
                "{\"Pod\":" + OURS + ",\"Nodes\":null,\"NodeNames\":[\"idle\",\"holder\",\"strange\\\"\\u00e9\"]}");
        assertThat(answer.statusCode()).isEqualTo(200);
        // 260 ms more than 100 cost 1,456 ms with their length, and 24 MB from the origin 240: 34 points of 50.
        // Who says nothing is taken for the worst.
        assertThat(answer.body())
                .isEqualTo(
                        "[{\"Host\":\"idle\",\"Score\":66},{\"Host\":\"holder\",\"Score\":100},{\"Host\":\"strange\\u0022\\u00e9\",\"Score\":66}]");
    }

    @Test
    void scoresWholeNodesAlike() throws Exception {
        String body =
                "{\"NodeNames\":null,\"Nodes\":{\"metadata\":{},\"items\":[{\"metadata\":{\"labels\":{\"a\":\"b\"},\"name\":\"idle\"},\"status\":{\"images\":[{}]}},{\"spec\":{},\"metadata\":{\"name\":\"holder\"}}]},\"Pod\":"
                        + OURS + "}";
        assertThat(post(body).body())
                .isEqualTo("[{\"Host\":\"idle\",\"Score\":66},{\"Host\":\"holder\",\"Score\":100}]");
    }

    @Test
    void hasNoOpinionOnOthersPods() throws Exception {
        HttpResponse<String> answer = post(
                "{\"Pod\":{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}},\"NodeNames\":[\"idle\"]}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("[]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{\"Pod\":3}",
                "{\"NodeNames\":[]}",
                "{\"Pod\":{\"metadata\":{}},\"NodeNames\":[1]}",
                "{\"Pod\":{\"metadata\":{\"labels\":{\"a\":{}}}}}",
                "{\"Pod\":{\"spec\":{\"containers\":[{\"command\":[",
                "\u0000\u0001",
                "{\"Pod\":{\"metadata\":{\"labels\":{\"serving.knative.dev/revision\":\"r\"}},\"spec\":{\"containers\":[{\"resources\":{\"requests\":{\"memory\":\"much\"}}}]}},\"NodeNames\":[\"idle\"]}"
            })
    void saysWhatIsWrongWithABadRequest(String body) throws Exception {
        HttpResponse<String> answer = post(body);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).startsWith("malformed: ");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void refusesAHugeRequest() throws Exception {
        HttpResponse<String> answer = post("{\"Pod\":{\"junk\":[" + "0,".repeat(100_000) + "0]}}");
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(get("/metrics").body()).contains("thaw_extender_refused_total{reason=\"too-large\"} 1.0");
    }

    @Test
    void refusesWhileItKnowsNothing() throws Exception {
        ready.set(false);
        assertThat(post("{}").statusCode()).isEqualTo(503);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        ready.set(true);
        assertThat(get("/readyz").statusCode()).isEqualTo(200);
        assertThat(get("/prioritize").statusCode()).isEqualTo(405);
        assertThat(get("/elsewhere").statusCode()).isEqualTo(404);
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return client.send(
                request("/prioritize")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                .timeout(Duration.ofSeconds(20));
    }
}
