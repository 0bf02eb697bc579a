package dev.thaw.store.object;

import java.time.Clock;

class MemoryObjectStoreTest extends ObjectStoreContract {
    private final ObjectStore store = new MemoryObjectStore(Clock.systemUTC());

    @Override
    ObjectStore store() {
        return store;
    }
}
