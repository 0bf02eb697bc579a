package dev.thaw.kubernetes.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keys, random tokens and kubeconfig files of one cluster, readable by their owner alone. */
record ClusterCredentials(Path folder, String apiServer, Map<String, String> tokenOf) {
    static final List<String> FILES = List.of(
            "tokens.csv",
            "service-account.pem",
            "admin.kubeconfig",
            "kube-scheduler.kubeconfig",
            "kube-controller-manager.kubeconfig");

    private static final Map<String, String> GROUPS = Map.of(
            "admin",
            "system:masters",
            "kube-scheduler",
            "system:authenticated",
            "kube-controller-manager",
            "system:authenticated");

    static ClusterCredentials create(Path folder, String apiServer) throws IOException {
        Map<String, String> tokens = new LinkedHashMap<>();
        StringBuilder csv = new StringBuilder();
        SecureRandom random = new SecureRandom();
        for (var user : GROUPS.entrySet()) {
            byte[] bytes = new byte[24];
            random.nextBytes(bytes);
            String token = HexFormat.of().formatHex(bytes);
            tokens.put(user.getKey(), token);
            String name = user.getKey().equals("admin") ? "admin" : "system:" + user.getKey();
            csv.append(token)
                    .append(',')
                    .append(name)
                    .append(',')
                    .append(name)
                    .append(",\"")
                    .append(user.getValue())
                    .append("\"\n");
        }
        ClusterCredentials credentials = new ClusterCredentials(folder, apiServer, Map.copyOf(tokens));
        writePrivate(credentials.tokens(), csv.toString());
        writePrivate(credentials.serviceAccountKey(), newKey());
        return credentials;
    }

    Path tokens() {
        return folder.resolve("tokens.csv");
    }

    Path serviceAccountKey() {
        return folder.resolve("service-account.pem");
    }

    Path certificates() {
        return folder.resolve("certificates");
    }

    Path kubeconfig(String user) {
        return folder.resolve(user + ".kubeconfig");
    }

    /** Written again on each start of the API server, for it makes its certificate itself when it first starts. */
    void writeKubeconfigs() throws IOException {
        byte[] certificate = Files.readAllBytes(certificates().resolve("apiserver.crt"));
        String authority = Base64.getEncoder().encodeToString(certificate);
        for (var user : tokenOf.entrySet()) {
            writePrivate(kubeconfig(user.getKey()), """
                    apiVersion: v1
                    kind: Config
                    clusters:
                    - name: thaw
                      cluster:
                        server: %s
                        certificate-authority-data: %s
                    users:
                    - name: %s
                      user:
                        token: %s
                    contexts:
                    - name: thaw
                      context:
                        cluster: thaw
                        user: %s
                    current-context: thaw
                    """.formatted(
                            apiServer, authority, user.getKey(), user.getValue(), user.getKey()));
        }
    }

    /** Whether the API server says that it is ready, and has made its default namespace. */
    boolean apiServerReady() {
        Config config = Config.fromKubeconfig(kubeconfig("admin").toFile());
        config.setRequestRetryBackoffLimit(0);
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build()) {
            return "ok".equals(client.raw("/readyz"))
                    && client.namespaces().withName("default").get() != null;
        } catch (KubernetesClientException e) {
            return false;
        }
    }

    private static String newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            byte[] encoded = generator.generateKeyPair().getPrivate().getEncoded();
            String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
            return "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has RSA", e);
        }
    }

    private static void writePrivate(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }
}
