package dev.thaw.lazy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread for what may have to wait in the kernel for an answer of ours, and so must not be done by those who answer: it takes names away, finds out which files
 * are gone, and fails reads that their source has forgotten.
 */
final class Keeper {
    private static final Logger log = LoggerFactory.getLogger(Keeper.class);
    private static final int LOOKS_PER_PATIENCE = 8;
    private static final Duration END_PATIENCE = Duration.ofSeconds(10);

    private final FuseConnection connection;
    private final LazyFiles files;
    private final ScheduledThreadPoolExecutor thread;

    Keeper(FuseConnection connection, LazyFiles files, String name) {
        this.connection = connection;
        this.files = files;
        thread = new ScheduledThreadPoolExecutor(
                1,
                Thread.ofPlatform().name("thaw-lazy-" + name + "-keep").daemon().factory(),
                new ThreadPoolExecutor.DiscardPolicy());
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** The kernel let go of an inode. Whether that was its last word is asked of the kernel itself: no counting can tell after a daemon's death. */
    void forgotten(long node) {
        if (files.node(node).filter(LazyFile::closed).isPresent()) {
            thread.execute(() -> endIfGone(node));
        }
    }

    void retire(LazyFile file) {
        thread.execute(() -> {
            file.unpin();
            long result = connection.forgetName(file.name());
            // ENOENT: the kernel had forgotten it by itself.
            if (result < 0 && result != -Linux.ENOENT && result != -Linux.ENODEV && result != -Linux.ENOTCONN) {
                log.warn("The name {} stays in the kernel: errno {}", file.name(), -result);
            }
            endIfGone(file.node());
        });
    }

    private void endIfGone(long node) {
        files.node(node).filter(LazyFile::closed).ifPresent(file -> {
            if (connection.touchInode(node) == -Linux.ENOENT) {
                try {
                    files.remove(file);
                } catch (IOException e) {
                    log.warn("The record of {} cannot be removed", file.name(), e);
                }
                file.end();
            }
        });
    }

    void watch(Duration readPatience) {
        long period = Math.max(1, readPatience.toMillis() / LOOKS_PER_PATIENCE);
        var unused = thread.scheduleWithFixedDelay(() -> failOld(readPatience), period, period, TimeUnit.MILLISECONDS);
    }

    private void failOld(Duration patience) {
        long now = System.nanoTime();
        for (LazyFile file : files.all()) {
            for (ReadInProgress read : file.reads()) {
                if (now - read.startNanos() > patience.toNanos()) {
                    read.failed(new TimeoutException("no answer within " + patience.toMillis() + " ms"));
                }
            }
        }
    }

    void stop() throws InterruptedException {
        thread.shutdown();
        if (!thread.awaitTermination(END_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            log.error("The keeper of a mount does not end");
        }
    }
}
