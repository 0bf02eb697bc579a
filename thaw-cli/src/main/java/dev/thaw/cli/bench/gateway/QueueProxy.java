package dev.thaw.cli.bench.gateway;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Knative's sidecar, with the settings that its controller gives it, less those that need a cluster. */
final class QueueProxy {
    private QueueProxy() {}

    static ChildProcess start(Path program, int userPort, Path folder) throws IOException {
        int port = ChildProcess.freePort();
        Map<String, String> environment = new HashMap<>();
        environment.put("CONTAINER_CONCURRENCY", "0");
        environment.put("QUEUE_SERVING_PORT", Integer.toString(port));
        environment.put("QUEUE_SERVING_TLS_PORT", Integer.toString(ChildProcess.freePort()));
        environment.put("USER_PORT", Integer.toString(userPort));
        environment.put("REVISION_TIMEOUT_SECONDS", "60");
        environment.put("SERVING_NAMESPACE", "default");
        environment.put("SERVING_SERVICE", "stub");
        environment.put("SERVING_CONFIGURATION", "stub");
        environment.put("SERVING_REVISION", "stub-00001");
        environment.put("SERVING_POD", "stub-00001-deployment-0");
        environment.put("SERVING_POD_IP", "127.0.0.1");
        environment.put("SERVING_LOGGING_CONFIG", "");
        environment.put("SERVING_LOGGING_LEVEL", "error");
        environment.put("SERVING_REQUEST_METRICS_BACKEND", "none");
        environment.put("SERVING_REQUEST_METRICS_REPORTING_PERIOD_SECONDS", "5");
        environment.put("TRACING_CONFIG_BACKEND", "none");
        environment.put("OBSERVABILITY_CONFIG", "{}");
        environment.put("SYSTEM_NAMESPACE", "knative-serving");
        environment.put("METRICS_DOMAIN", "knative.dev/internal/serving");
        environment.put(
                "SERVING_READINESS_PROBE", "{\"tcpSocket\":{\"port\":" + userPort + ",\"host\":\"127.0.0.1\"}}");
        return ChildProcess.start(List.of(program.toString()), environment, folder.resolve("queue-proxy.log"), port);
    }
}
