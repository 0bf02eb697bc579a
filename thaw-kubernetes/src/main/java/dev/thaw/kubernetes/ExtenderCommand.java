package dev.thaw.kubernetes;

import dev.thaw.kubernetes.extender.Extender;
import dev.thaw.kubernetes.extender.ExtenderConfig;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code thaw extender}: scores nodes for kube-scheduler until it is ended. */
@Command(
        name = "extender",
        mixinStandardHelpOptions = true,
        description = "Score nodes for kube-scheduler by what a start would cost on each.",
        footer = {"", "Example:", "  thaw extender --listen 0.0.0.0:22080 --tls-certificate tls.crt --tls-key tls.key"})
public final class ExtenderCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private ClusterAccess cluster = new ClusterAccess();

    @Mixin
    private PolicyOptions policy = new PolicyOptions();

    @Option(names = "--listen", defaultValue = "127.0.0.1:22080", description = "Address; default ${DEFAULT-VALUE}.")
    private String listen = "";

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            description = "Certificate chain in PEM; read again when it changes.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "Its private key in PEM, PKCS #8.")
    private @Nullable Path key;

    @Option(
            names = "--max-request",
            defaultValue = "134217728",
            description = "Bytes of the longest request; default ${DEFAULT-VALUE}.")
    private long maxRequestBytes;

    @Option(
            names = "--events",
            description =
                    "Explain each decision by an Event on its pod; otherwise only for pods annotated thaw.dev/explain: \"true\".")
    private boolean events;

    @Override
    public Integer call() throws IOException, InterruptedException {
        ExtenderConfig config = config();
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(ended::countDown);
        Runtime.getRuntime().addShutdownHook(hook);
        try (KubernetesClient client = cluster.connect();
                Extender extender = new Extender(config, client)) {
            String scheme = config.tls().isPresent() ? "https" : "http";
            System.out.printf(
                    "%s://%s:%d%n",
                    scheme,
                    extender.address().getHostString(),
                    extender.address().getPort());
            ended.await();
        }
        return 0;
    }

    private ExtenderConfig config() {
        if ((certificate == null) != (key == null)) {
            throw wrongUsage("--tls-certificate and --tls-key belong together", null);
        }
        try {
            Optional<ExtenderConfig.TlsFiles> tls = certificate == null || key == null
                    ? Optional.empty()
                    : Optional.of(new ExtenderConfig.TlsFiles(certificate, key));
            return policy.config(address(), tls, maxRequestBytes, events);
        } catch (IllegalArgumentException e) {
            throw wrongUsage(String.valueOf(e.getMessage()), e);
        }
    }

    private InetSocketAddress address() {
        int colon = listen.lastIndexOf(':');
        try {
            return new InetSocketAddress(
                    listen.substring(0, Math.max(0, colon)), Integer.parseInt(listen.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw wrongUsage("--listen is " + listen + ", not HOST:PORT", e);
        }
    }

    private ParameterException wrongUsage(String message, @Nullable Exception cause) {
        if (spec == null) {
            throw new IllegalStateException("not run by picocli");
        }
        return new ParameterException(spec.commandLine(), message, cause);
    }
}
