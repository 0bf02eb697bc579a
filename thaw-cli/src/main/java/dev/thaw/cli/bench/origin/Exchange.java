package dev.thaw.cli.bench.origin;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CountDownLatch;

/** A request on its way, and what its answer must know of it. */
final class Exchange {
    private final String method;
    private final String object;
    private final boolean read;
    private final Traffic.Ticket ticket;
    private final CountDownLatch sent = new CountDownLatch(1);

    /** Written by the thread of requests before {@link #sent} opens, read by that of answers after. */
    private volatile long sentNanos;

    /** @param target of the request; of a read it names the object */
    Exchange(String method, String target, boolean read, Traffic.Ticket ticket) {
        this.method = requireNonNull(method, "method is null");
        this.object = path(target);
        this.read = read;
        this.ticket = requireNonNull(ticket, "ticket is null");
    }

    /** Whether an object is read, and no list: {@code GET /bucket/key}. */
    static boolean isRead(String method, String target) {
        String path = path(target);
        return method.equals("GET") && path.indexOf('/', 1) > 0 && !path.endsWith("/");
    }

    private static String path(String target) {
        return target.split("\\?", 2)[0];
    }

    /** {@code /bucket/key}. */
    String object() {
        return object;
    }

    boolean isRead() {
        return read;
    }

    /** Whether the answer has a body, whatever its head says of a length. */
    boolean hasBody(int status) {
        return !method.equals("HEAD") && status != 204 && status != 304;
    }

    Traffic.Ticket ticket() {
        return ticket;
    }

    void sent(long nanos) {
        sentNanos = nanos;
        sent.countDown();
    }

    /** When all of the request had passed; an answer that comes before is due from now. */
    long sentNanos() {
        return sent.getCount() == 0 ? sentNanos : System.nanoTime();
    }
}
