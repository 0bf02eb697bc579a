package dev.thaw.cli.bench.origin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The proxy's process. Arguments: profile, the server's port on loopback. Prints its port and its control's, then serves until its standard input ends. */
public final class OriginProxyMain {
    private OriginProxyMain() {}

    public static void main(String[] arguments) throws IOException {
        StoreProfile profile = StoreProfile.parse(arguments[0]);
        InetSocketAddress target =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1]));
        try (OriginProxy proxy = new OriginProxy(profile, target);
                OriginControl control = new OriginControl(proxy)) {
            Thread.ofPlatform().daemon().name("origin-control").start(control::serve);
            System.out.println(proxy.port() + " " + control.port());
            System.out.flush();
            // Whoever started this holds the other end: it ends with them, however they end.
            while (System.in.read() >= 0) {
                // Nothing is said there.
            }
        }
    }
}
