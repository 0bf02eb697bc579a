package dev.thaw.store;

import dev.thaw.store.object.Cancellation;
import dev.thaw.store.object.FileObjectStore;
import dev.thaw.store.object.HookedObjectStore;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that publishes, deletes, collects, damages and repairs, and kills itself at one step of it. It says on its
 * output what it is about to do and what it has done.
 */
final class StoreCrashWorker {
    static final Duration GRACE = Duration.ofHours(3);
    static final int FUNCTIONS = 3;
    static final int VERSIONS = 4;

    private static final Cancellation NEVER = Cancellation.never();
    private static final int SIGKILL = 9;
    private static final MethodHandle KILL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("kill"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private StoreCrashWorker() {}

    /** A random function, version and domain. */
    static SnapshotDraft draft(SmallFreezes freezes, Random random) throws Exception {
        return freezes.freeze(
                "f" + random.nextInt(FUNCTIONS), random.nextInt(VERSIONS), random.nextBoolean() ? "a" : "b");
    }

    /** @param args the directory of the freezes, that of the store, seed, the step to die at, the time */
    public static void main(String[] args) throws Exception {
        Path store = Path.of(args[1]);
        Random random = new Random(Long.parseLong(args[2]));
        int last = Integer.parseInt(args[3]);
        AtomicInteger steps = new AtomicInteger();
        HookedObjectStore objects = new HookedObjectStore(
                FileObjectStore.open(store, FileObjectStore.Durability.PROCESS_END), (_, _, _) -> {
                    if (steps.incrementAndGet() == last) {
                        die();
                    }
                });
        work(objects, new SmallFreezes(Path.of(args[0])), random, Instant.parse(args[4]));
        System.out.println("steps " + steps);
    }

    private static void die() {
        try {
            int _ = (int) KILL.invokeExact((int) ProcessHandle.current().pid(), SIGKILL);
        } catch (Throwable e) {
            throw new IllegalStateException("kill(2) cannot be called.", e);
        }
    }

    private static void work(HookedObjectStore objects, SmallFreezes freezes, Random random, Instant now)
            throws Exception {
        try (ObjectSnapshotStore store = at(objects, now)) {
            publish(store, freezes, random);
            publish(store, freezes, random);
            delete(store, random);
            if (random.nextInt(3) == 0) {
                store.publishBase("f0", freezes.rootfs("f0"), NEVER);
            }
            damageAndRepair(store, objects, freezes, random);
            // Not closed: that would close the objects too.
            at(objects, now.plus(Duration.ofHours(2))).collect(GRACE, false, NEVER);
            publish(store, freezes, random);
            at(objects, now.plus(Duration.ofHours(6))).collect(GRACE, false, NEVER);
        }
    }

    private static ObjectSnapshotStore at(HookedObjectStore objects, Instant now) {
        return new ObjectSnapshotStore(objects, TestSnapshots.keys(), Clock.fixed(now, ZoneOffset.UTC));
    }

    private static void publish(SnapshotStore store, SmallFreezes freezes, Random random) throws Exception {
        SnapshotDraft draft = draft(freezes, random);
        Manifest manifest = store.publish(draft, NEVER);
        System.out.println("published " + manifest.id());
    }

    private static void delete(SnapshotStore store, Random random) throws Exception {
        List<Manifest> all = store.list(NEVER);
        Manifest victim = all.get(random.nextInt(all.size()));
        System.out.println("deleting " + victim.id());
        store.delete(victim.id(), NEVER);
    }

    /** Writes a wrong byte into a pack that is in use, and puts it right from copies. */
    private static void damageAndRepair(
            ObjectSnapshotStore store, HookedObjectStore objects, SmallFreezes freezes, Random random)
            throws Exception {
        StoredObjects stored = new StoredObjects(objects);
        try (MemoryFrameCache copies = new MemoryFrameCache(new DataSize(64 << 20), new DataSize(0))) {
            for (Manifest manifest : store.list(NEVER)) {
                freezes.assertRight(store.through(copies), manifest, freezes.freezeOf(manifest));
            }
            List<String> packs = stored.keys("packs");
            String pack = packs.get(random.nextInt(packs.size()));
            byte[] bytes = stored.bytes(pack);
            bytes[random.nextInt(bytes.length)] ^= 1;
            System.out.println("damaging");
            stored.put(pack, bytes);
            store.check(true, List.of(copies), NEVER);
        }
    }
}
