package dev.thaw.load.run;

import io.netty.channel.EventLoop;

/** Netty tells of a channel that could not even be made on a thread of its own; all state here belongs to the event loop's. */
final class OnLoop {
    private OnLoop() {}

    static void run(EventLoop loop, Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }
}
