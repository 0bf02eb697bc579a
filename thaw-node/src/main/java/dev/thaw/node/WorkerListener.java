package dev.thaw.node;

import dev.thaw.cache.ThawReads;
import dev.thaw.guest.Shortage;
import dev.thaw.sandbox.SandboxExit;

/** Hears what happens on a worker: metrics, events and logs are made of it. Called from any thread; must not block. */
public interface WorkerListener {
    /** An instance is ready. */
    void started(StartRecord start);

    /** An instance that was thawed has answered its first invocation; what it has read behind its back up to then. */
    void read(StartRecord start, ThawReads reads);

    /** An instance that an earlier daemon has left is ready. */
    void adopted(StartRecord start);

    /** An instance that an earlier daemon has left was removed. */
    void adoptionFailed(Revision revision, String instance, String why);

    /** Neither thaw nor boot gave an instance. */
    void startFailed(Revision revision, String instance, String why);

    /** A snapshot was taken. */
    void frozen(FreezeRecord freeze);

    /** No snapshot came of a freeze; the instance went on if {@code survived}. */
    void freezeFailed(Revision revision, String instance, String why, boolean survived);

    /** An instance was ended because it was idle or not wanted any more. */
    void retired(Revision revision, String instance, String why);

    /** The function had too little of something in an instance, which may live on; {@code text} says it to people. */
    void ranShort(Revision revision, String instance, Shortage shortage, String text);

    /** An instance ended by itself. */
    void died(Revision revision, String instance, SandboxExit exit);
}
