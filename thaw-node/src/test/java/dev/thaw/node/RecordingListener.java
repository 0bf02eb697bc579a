package dev.thaw.node;

import dev.thaw.cache.ThawReads;
import dev.thaw.guest.Shortage;
import dev.thaw.sandbox.SandboxExit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it hears. */
final class RecordingListener implements WorkerListener {
    final List<StartRecord> starts = new CopyOnWriteArrayList<>();
    final List<StartRecord> adopted = new CopyOnWriteArrayList<>();
    final List<String> adoptionFailures = new CopyOnWriteArrayList<>();
    final List<ThawReads> reads = new CopyOnWriteArrayList<>();
    final List<FreezeRecord> freezes = new CopyOnWriteArrayList<>();
    final List<String> startFailures = new CopyOnWriteArrayList<>();
    final List<String> freezeFailures = new CopyOnWriteArrayList<>();
    final List<String> retired = new CopyOnWriteArrayList<>();
    final List<String> shortages = new CopyOnWriteArrayList<>();
    final List<SandboxExit> deaths = new CopyOnWriteArrayList<>();

    @Override
    public void started(StartRecord start) {
        starts.add(start);
    }

    @Override
    public void adopted(StartRecord start) {
        adopted.add(start);
    }

    @Override
    public void adoptionFailed(Revision revision, String instance, String why) {
        adoptionFailures.add(why);
    }

    @Override
    public void read(StartRecord start, ThawReads reads) {
        this.reads.add(reads);
    }

    @Override
    public void startFailed(Revision revision, String instance, String why) {
        startFailures.add(why);
    }

    @Override
    public void frozen(FreezeRecord freeze) {
        freezes.add(freeze);
    }

    @Override
    public void freezeFailed(Revision revision, String instance, String why, boolean survived) {
        freezeFailures.add(why);
    }

    @Override
    public void retired(Revision revision, String instance, String why) {
        retired.add(why);
    }

    @Override
    public void ranShort(Revision revision, String instance, Shortage shortage, String text) {
        shortages.add(text);
    }

    @Override
    public void died(Revision revision, String instance, SandboxExit exit) {
        deaths.add(exit);
    }
}
