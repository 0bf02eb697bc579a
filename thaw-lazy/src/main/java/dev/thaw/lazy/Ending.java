package dev.thaw.lazy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a mount's threads and descriptors go, in the order in which none waits for another that is gone. */
record Ending(
        FuseServer server, Pusher pusher, Keeper keeper, FuseConnection connection, LazyFiles files, MountPoint place) {
    private static final Logger log = LoggerFactory.getLogger(Ending.class);

    /** Stops serving; the mount stays. */
    void leave() {
        pusher.stop();
        uninterrupted(this::stopServer);
        // One that waits in the kernel for a page that is being read is let go by an error, which a repeated request
        // would not see.
        uninterrupted(() -> {
            if (!pusher.join(Duration.ofSeconds(1))) {
                failReads("the daemon leaves while a push waits");
                pusher.join(Duration.ofSeconds(10));
            }
        });
        uninterrupted(keeper::stop);
        connection.close();
        files.all().forEach(LazyFile::end);
    }

    /** Unmounts, and ends the connection if readers do not in time. */
    void unmount(Duration patience) {
        Path abortFile = place.abortFile();
        pusher.stop();
        files.all().forEach(LazyFile::unpin);
        place.unmount();
        uninterrupted(() -> {
            if (!server.awaitEnded(patience)) {
                log.warn("Somebody still uses files of {}: they get I/O errors", place.mountPoint());
                failReads("the mount is closed");
                MountPoint.abort(abortFile);
            }
            stopServer();
            pusher.join(Duration.ofSeconds(10));
            keeper.stop();
        });
        connection.close();
        files.all().forEach(this::forget);
    }

    private void stopServer() throws InterruptedException {
        try {
            server.stop();
        } catch (IOException e) {
            log.warn("The flag that stops a mount's threads could not be closed", e);
        }
    }

    private void forget(LazyFile file) {
        try {
            files.remove(file);
        } catch (IOException e) {
            log.warn("The record of {} cannot be removed", file.name(), e);
        }
        file.end();
    }

    private void failReads(String why) {
        for (LazyFile file : files.all()) {
            file.reads().forEach(read -> read.failed(new CancellationException(why)));
        }
    }

    @FunctionalInterface
    private interface Waiting {
        void run() throws InterruptedException;
    }

    /** An interrupted thread must not leave a mount half closed: what waits here is bounded, so it is done again. */
    private static void uninterrupted(Waiting waiting) {
        boolean interrupted = Thread.interrupted();
        while (true) {
            try {
                waiting.run();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
