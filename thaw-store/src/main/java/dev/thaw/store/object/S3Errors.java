package dev.thaw.store.object;

import dev.thaw.store.object.StoreException.Code;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;

/** What the answers of S3 servers mean. */
final class S3Errors {
    private static final Set<String> FULL =
            Set.of("XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientStorage");

    private S3Errors() {}

    /** @param doing what failed, as in "read a from b" */
    static StoreException storeException(String doing, SdkException e) {
        if (e instanceof AbortedException) {
            return new StoreException(Code.CANCELLED, "Interrupted: could not " + doing + ".", e);
        }
        if (e instanceof AwsServiceException answer) {
            return new StoreException(code(answer), "Could not " + doing + ": " + text(answer), e);
        }
        return new StoreException(
                Code.UNAVAILABLE, "Could not " + doing + ": no answer from the store: " + e.getMessage(), e);
    }

    /** Another writer was at work this instant; the same request may succeed later. */
    static boolean isConflict(AwsServiceException e) {
        return e.statusCode() == 409;
    }

    private static Code code(AwsServiceException e) {
        String name = name(e);
        if (FULL.contains(name) || e.statusCode() == 507) {
            return Code.NO_SPACE;
        }
        if (e instanceof NoSuchBucketException || "NoSuchBucket".equals(name)) {
            return Code.DENIED;
        }
        return switch (e.statusCode()) {
            case 404 -> Code.NOT_FOUND;
            case 412 -> Code.PRECONDITION_FAILED;
            case 416 -> Code.INVALID;
            case 408, 409, 429 -> Code.UNAVAILABLE;
            default -> e.statusCode() >= 500 ? Code.UNAVAILABLE : Code.DENIED;
        };
    }

    private static String text(AwsServiceException e) {
        String name = name(e);
        String hint = switch (name) {
            case "NoSuchBucket" -> " Create the bucket, or name another.";
            case "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied" ->
                " Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do.";
            case "AuthorizationHeaderMalformed", "PermanentRedirect" -> " Check AWS_REGION.";
            default -> "";
        };
        return "the store answered " + e.statusCode() + (name.isEmpty() ? "" : " " + name) + "." + hint;
    }

    private static String name(AwsServiceException e) {
        String name = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        return name == null ? "" : name;
    }
}
