package dev.thaw.kubernetes.extender;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's certificate and key from PEM files, read again when the certificate's file has changed: certificates in a cluster
 * are renewed in place. A pair that cannot be read leaves the last one in use.
 */
final class ReloadingTls extends X509ExtendedKeyManager {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadingTls.class);
    private static final String ALIAS = "server";

    private final Path certificateFile;
    private final Path keyFile;

    /** Read by handshakes, replaced under this object's lock. */
    private volatile Pair pair;

    private record Pair(X509Certificate[] chain, PrivateKey key, FileTime modified) {}

    private ReloadingTls(Path certificateFile, Path keyFile) throws IOException, GeneralSecurityException {
        this.certificateFile = requireNonNull(certificateFile, "certificateFile is null");
        this.keyFile = requireNonNull(keyFile, "keyFile is null");
        this.pair = read(certificateFile, keyFile);
    }

    /**
     * @param certificateFile the chain in PEM, the server's own certificate first
     * @param keyFile the private key in PEM, PKCS #8, RSA or elliptic curve
     */
    static SSLContext context(Path certificateFile, Path keyFile) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new ReloadingTls(certificateFile, keyFile)}, null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot use " + certificateFile + " with " + keyFile + ": " + e.getMessage(), e);
        }
    }

    private Pair current() {
        try {
            if (!Files.getLastModifiedTime(certificateFile).equals(pair.modified())) {
                reload();
            }
        } catch (IOException | GeneralSecurityException e) {
            LOG.warn("keeping the last certificate: {}", e.getMessage());
        }
        return pair;
    }

    private synchronized void reload() throws IOException, GeneralSecurityException {
        pair = read(certificateFile, keyFile);
        LOG.info("certificate renewed from {}", certificateFile);
    }

    private static Pair read(Path certificateFile, Path keyFile) throws IOException, GeneralSecurityException {
        FileTime modified = Files.getLastModifiedTime(certificateFile);
        X509Certificate[] chain = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(certificateFile)))
                .stream()
                .map(X509Certificate.class::cast)
                .toArray(X509Certificate[]::new);
        if (chain.length == 0) {
            throw new GeneralSecurityException(certificateFile + " has no certificate");
        }
        String pem = Files.readString(keyFile, StandardCharsets.US_ASCII);
        int begin = pem.indexOf("-----BEGIN PRIVATE KEY-----");
        int end = pem.indexOf("-----END PRIVATE KEY-----");
        if (begin < 0 || end < begin) {
            throw new GeneralSecurityException(
                    keyFile + " is not a PKCS #8 key in PEM; convert it with openssl pkcs8 -topk8 -nocrypt");
        }
        byte[] encoded = Base64.getMimeDecoder().decode(pem.substring(begin + 27, end));
        PrivateKey key = KeyFactory.getInstance(chain[0].getPublicKey().getAlgorithm())
                .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        return new Pair(chain, key, modified);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        return chooseServerAlias(keyType, issuers, null);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return current().key().getAlgorithm().equals(keyType) ? ALIAS : null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return pair.chain();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return pair.key();
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return new String[] {ALIAS};
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
