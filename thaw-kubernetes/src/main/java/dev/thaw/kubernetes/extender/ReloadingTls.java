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
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's certificate and key from PEM files, read again when either file has changed: certificates in a cluster are renewed
 * in place. A pair that cannot be read, or whose halves do not belong together yet, leaves the last one in use.
 */
final class ReloadingTls extends X509ExtendedKeyManager {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadingTls.class);

    private final Path certificateFile;
    private final Path keyFile;

    /** Guarded by this object's lock. */
    private int generation;

    /** Replaced under this object's lock; with the one before it, which handshakes under way still use. */
    private volatile Pairs pairs;

    @SuppressWarnings("ArrayRecordComponent") // carried, not compared
    private record Pair(String alias, X509Certificate[] chain, PrivateKey key, List<FileTime> modified) {}

    private record Pairs(Pair now, Pair before) {}

    private ReloadingTls(Path certificateFile, Path keyFile) throws IOException, GeneralSecurityException {
        this.certificateFile = requireNonNull(certificateFile, "certificateFile is null");
        this.keyFile = requireNonNull(keyFile, "keyFile is null");
        Pair first = read(0);
        this.pairs = new Pairs(first, first);
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
            if (!modified().equals(pairs.now().modified())) {
                reload();
            }
        } catch (IOException | GeneralSecurityException e) {
            LOG.warn("keeping the last certificate: {}", e.getMessage());
        }
        return pairs.now();
    }

    private List<FileTime> modified() throws IOException {
        return List.of(Files.getLastModifiedTime(certificateFile), Files.getLastModifiedTime(keyFile));
    }

    private synchronized void reload() throws IOException, GeneralSecurityException {
        generation++;
        pairs = new Pairs(read(generation), pairs.now());
        LOG.info("certificate renewed from {}", certificateFile);
    }

    private Pair read(int number) throws IOException, GeneralSecurityException {
        List<FileTime> modified = modified();
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
        requireSame(chain[0], key);
        return new Pair("server-" + number, chain, key, modified);
    }

    /** Renewing writes one file after the other. */
    private void requireSame(X509Certificate certificate, PrivateKey key) throws GeneralSecurityException {
        String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update((byte) 1);
        byte[] signed = signature.sign();
        signature.initVerify(certificate);
        signature.update((byte) 1);
        if (!signature.verify(signed)) {
            throw new GeneralSecurityException(keyFile + " is not the key of " + certificateFile);
        }
    }

    private Pair pair(String alias) {
        Pairs known = pairs;
        return known.before().alias().equals(alias) ? known.before() : known.now();
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        return chooseServerAlias(keyType, issuers, null);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        Pair now = current();
        return now.key().getAlgorithm().equals(keyType) ? now.alias() : null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return pair(alias).chain();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return pair(alias).key();
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return new String[] {pairs.now().alias()};
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
