package dev.thaw.node;

import dev.thaw.cache.ThawReads;
import dev.thaw.guest.Shortage;
import dev.thaw.sandbox.SandboxExit;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** What a worker's listener heard, in order. */
final class Heard implements WorkerListener {
    final BlockingQueue<StartRecord> starts = new LinkedBlockingQueue<>();
    final BlockingQueue<FreezeRecord> freezes = new LinkedBlockingQueue<>();
    final BlockingQueue<ThawReads> reads = new LinkedBlockingQueue<>();
    final BlockingQueue<String> log = new LinkedBlockingQueue<>();
    final BlockingQueue<String> shortages = new LinkedBlockingQueue<>();
    final BlockingQueue<String> failures = new LinkedBlockingQueue<>();

    @Override
    public void adopted(StartRecord start) {
        starts.add(start);
    }

    @Override
    public void adoptionFailed(Revision revision, String instance, String why) {
        failures.add(why);
    }

    @Override
    public void started(StartRecord start) {
        starts.add(start);
    }

    @Override
    public void read(StartRecord start, ThawReads read) {
        reads.add(read);
    }

    @Override
    public void startFailed(Revision revision, String instance, String why) {
        failures.add("start: " + why);
    }

    @Override
    public void frozen(FreezeRecord freeze) {
        freezes.add(freeze);
    }

    @Override
    public void freezeFailed(Revision revision, String instance, String why, boolean survived) {
        failures.add("freeze: " + why);
    }

    @Override
    public void retired(Revision revision, String instance, String why) {}

    @Override
    public void ranShort(Revision revision, String instance, Shortage shortage, String text) {
        shortages.add(text);
    }

    @Override
    public void died(Revision revision, String instance, SandboxExit exit) {
        failures.add("died: " + exit.text());
    }
}
