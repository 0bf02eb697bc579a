package dev.thaw.store.object;

class VersitygwObjectStoreIT extends S3ObjectStoreContract {
    VersitygwObjectStoreIT() {
        super(S3Server.Kind.VERSITYGW);
    }
}
