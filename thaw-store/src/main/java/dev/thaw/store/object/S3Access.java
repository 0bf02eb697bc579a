package dev.thaw.store.object;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/**
 * Which S3, and as whom.
 *
 * @param endpoint of a server that is not AWS's own
 * @param region where it is not left to the usual places
 */
record S3Access(Optional<URI> endpoint, Optional<String> region, AwsCredentialsProvider credentials) {
    S3Access {
        requireNonNull(endpoint, "endpoint is null");
        requireNonNull(region, "region is null");
        requireNonNull(credentials, "credentials is null");
    }

    /**
     * As every S3 tool takes them: AWS_ACCESS_KEY_ID and so on, AWS_REGION, AWS_ENDPOINT_URL, then the profile files and
     * the machine's role.
     *
     * @throws StoreException INVALID when the endpoint is not a URL
     */
    static S3Access from(Map<String, String> environment) throws StoreException {
        Optional<String> endpoint = Optional.ofNullable(
                        environment.getOrDefault("AWS_ENDPOINT_URL_S3", environment.get("AWS_ENDPOINT_URL")))
                .filter(url -> !url.isEmpty());
        Optional<String> region = Optional.ofNullable(
                        environment.getOrDefault("AWS_REGION", environment.get("AWS_DEFAULT_REGION")))
                .filter(name -> !name.isEmpty());
        return new S3Access(
                endpoint.isPresent() ? Optional.of(url(endpoint.get())) : Optional.empty(),
                region,
                DefaultCredentialsProvider.builder().build());
    }

    private static URI url(String text) throws StoreException {
        try {
            URI url = new URI(text);
            if (("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw new StoreException(
                StoreException.Code.INVALID,
                "AWS_ENDPOINT_URL is '" + text + "'. Write the server's URL, as in http://127.0.0.1:9000.");
    }

    /** A client that repeats requests as {@code patience} says. */
    S3Client connect(S3Patience patience) {
        S3ClientBuilder builder = S3Client.builder()
                .credentialsProvider(credentials)
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(patience.connect())
                        .socketTimeout(patience.idle()))
                // The JDK's HTTP client cannot tell a lost answer to "Expect: 100-continue" as it tells others.
                .serviceConfiguration(
                        S3Configuration.builder().expectContinueEnabled(false).build())
                // Parts are verified by their digests; other servers do not know all of AWS's checksums.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(override -> override.apiCallAttemptTimeout(patience.attempt())
                        .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(patience.attempts())
                                .backoffStrategy(backoff(patience))
                                .throttlingBackoffStrategy(backoff(patience))
                                .circuitBreakerEnabled(false)
                                .build()));
        if (endpoint.isPresent()) {
            // Such a server has no name for each bucket, and no regions that matter.
            builder.endpointOverride(endpoint.get()).forcePathStyle(true).region(Region.of(region.orElse("us-east-1")));
        } else {
            region.ifPresent(name -> builder.region(Region.of(name)));
        }
        return builder.build();
    }

    private static BackoffStrategy backoff(S3Patience patience) {
        return BackoffStrategy.exponentialDelayHalfJitter(patience.firstPause(), S3Patience.LONGEST_PAUSE);
    }
}
