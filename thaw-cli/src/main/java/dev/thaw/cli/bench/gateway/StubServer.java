package dev.thaw.cli.bench.gateway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** nginx, answering everything with two bytes, over TCP and over a unix socket. */
final class StubServer {
    private StubServer() {}

    static Path socket(Path folder) {
        return folder.resolve("stub.sock");
    }

    static ChildProcess start(Path folder) throws IOException {
        int port = ChildProcess.freePort();
        Path config = folder.resolve("nginx.conf");
        Files.writeString(config, """
                daemon off;
                worker_processes 1;
                pid %1$s/nginx.pid;
                error_log stderr;
                events { worker_connections 4096; }
                http {
                    access_log off;
                    keepalive_requests 100000000;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    server {
                        listen 127.0.0.1:%2$d backlog=4096;
                        listen unix:%1$s/stub.sock backlog=4096;
                        location / { return 200 "ok"; }
                    }
                }
                """.formatted(folder, port));
        return ChildProcess.start(
                List.of("nginx", "-c", config.toString(), "-e", "stderr"), Map.of(), folder.resolve("nginx.log"), port);
    }
}
