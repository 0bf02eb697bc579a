package dev.thaw.store.object;

class MinioObjectStoreIT extends S3ObjectStoreContract {
    MinioObjectStoreIT() {
        super(S3Server.Kind.MINIO);
    }
}
