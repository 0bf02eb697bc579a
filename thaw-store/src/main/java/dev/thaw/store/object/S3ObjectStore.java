package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;

/**
 * Objects in an S3 bucket: AWS's own or any server that knows conditional writes ({@code If-None-Match} and
 * {@code If-Match}), as MinIO, versitygw and Ceph do.
 *
 * <p>Requests are repeated with growing, random pauses, and every wait is bounded ({@link S3Patience}). A conditional
 * write whose answer was lost and that was repeated meets itself and reports {@code PRECONDITION_FAILED}; writers put a
 * nonce into what they write and read it again. The version is the entity tag.
 *
 * <p>A process that dies while it uploads a large object leaves pieces that no listing shows; a bucket rule
 * {@code AbortIncompleteMultipartUpload} removes them.
 */
public final class S3ObjectStore implements ObjectStore {
    private static final Logger LOG = LoggerFactory.getLogger(S3ObjectStore.class);

    private final S3Location location;
    private final S3Client client;
    private final S3Calls calls;

    private S3ObjectStore(S3Location location, S3Client client, S3Patience patience) {
        this.location = location;
        this.client = client;
        this.calls = new S3Calls(patience);
    }

    /**
     * Opens {@code s3://BUCKET/PREFIX}.
     *
     * @param environment where credentials, region and endpoint are taken from, as {@link S3Access#from} says
     * @throws StoreException INVALID for a wrong URL or endpoint; DENIED when credentials, region or the bucket are
     *     missing. A store that cannot be reached now is opened all the same.
     */
    static S3ObjectStore open(String url, Map<String, String> environment) throws StoreException {
        return open(S3Location.parse(url), S3Access.from(environment), S3Patience.standard());
    }

    static S3ObjectStore open(S3Location location, S3Access access, S3Patience patience) throws StoreException {
        S3Client client;
        try {
            access.credentials().resolveCredentials();
            client = access.connect(patience);
        } catch (SdkClientException e) {
            throw new StoreException(
                    StoreException.Code.DENIED,
                    "The store " + location + " cannot be opened: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and"
                            + " AWS_REGION (or AWS_ENDPOINT_URL). " + e.getMessage(),
                    e);
        }
        S3ObjectStore store = new S3ObjectStore(location, client, patience);
        boolean done = false;
        try {
            store.requireBucket();
            done = true;
            return store;
        } finally {
            if (!done) {
                store.close();
            }
        }
    }

    private void requireBucket() throws StoreException {
        try {
            calls.call(
                    "find the bucket of " + location,
                    Cancellation.never(),
                    () -> client.headBucket(request -> request.bucket(location.bucket())));
        } catch (StoreException e) {
            if (e.getCause() instanceof NoSuchBucketException) {
                throw new StoreException(
                        StoreException.Code.DENIED,
                        "There is no bucket " + location.bucket() + ". Create it, or name another.",
                        e);
            }
            // A policy may forbid this question and allow all that is needed; and a store may be back later.
            LOG.warn("The store does not say whether its bucket is there store={} reason={}", location, e.getMessage());
        }
    }

    @Override
    public String put(String key, Body body, Condition condition, Cancellation cancellation) throws StoreException {
        location.full(key);
        cancellation.check();
        try {
            return new S3Upload(client, calls, location, key, condition, cancellation).send(body);
        } catch (StoreException e) {
            if (e.code() == StoreException.Code.NOT_FOUND && condition instanceof Condition.Matches) {
                // What S3 says of a version that is wanted where nothing is.
                throw new StoreException(StoreException.Code.PRECONDITION_FAILED, e.getMessage(), e);
            }
            throw e;
        }
    }

    @Override
    public ObjectReader get(String key, ByteRange range, Cancellation cancellation) throws StoreException {
        return S3Reader.open(client, calls, location, key, range, cancellation);
    }

    @Override
    public ObjectInfo head(String key, Cancellation cancellation) throws StoreException {
        String fullKey = location.full(key);
        HeadObjectResponse head = calls.call(
                "look at " + key + " in " + location,
                cancellation,
                () -> client.headObject(
                        request -> request.bucket(location.bucket()).key(fullKey)));
        return new ObjectInfo(key, head.contentLength(), head.eTag(), head.lastModified());
    }

    @Override
    public void list(String prefix, Consumer<ListedObject> each, Cancellation cancellation) throws StoreException {
        String fullPrefix = location.prefix() + ObjectKeys.checkPrefix(prefix);
        Optional<String> token = Optional.empty();
        do {
            @Nullable String from = token.orElse(null);
            ListObjectsV2Response page = calls.call(
                    "list " + prefix + " in " + location,
                    cancellation,
                    () -> client.listObjectsV2(request ->
                            request.bucket(location.bucket()).prefix(fullPrefix).continuationToken(from)));
            page.contents()
                    .forEach(object -> each.accept(new ListedObject(
                            location.local(requireNonNull(object.key())), object.size(), object.lastModified())));
            token = Optional.ofNullable(page.nextContinuationToken());
        } while (token.isPresent());
    }

    @Override
    public void delete(String key, Cancellation cancellation) throws StoreException {
        String fullKey = location.full(key);
        calls.call(
                "delete " + key + " from " + location,
                cancellation,
                () -> client.deleteObject(
                        request -> request.bucket(location.bucket()).key(fullKey)));
    }

    @Override
    public String location() {
        return location.toString();
    }

    @Override
    public void close() {
        client.close();
    }
}
