import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** Answers each line of a connection with what the process draws, has heard, or is told to do. */
public final class Server {
    private static volatile boolean failing;

    public static void main(String[] arguments) throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        SecureRandom seeded = SecureRandom.getInstance("SHA1PRNG");
        seeded.setSeed(1);
        ThawHooks.install();
        ThawHooks.reseed(seeded);
        ThawHooks.beforeFreeze(() -> {
            if (failing) {
                throw new IllegalStateException("told to fail");
            }
            events.add("before-freeze");
        });
        ThawHooks.afterThaw(entropy -> events.add("after-thaw " + entropy.length));
        int port = Integer.parseInt(System.getenv("PORT"));
        try (ServerSocket server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
            while (true) {
                try (Socket socket = server.accept();
                        BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream()))) {
                    String answer =
                            switch (reader.readLine()) {
                                case "draw" -> Integer.toString(seeded.nextInt());
                                case "unique" -> {
                                    byte[] bytes = new byte[16];
                                    new SecureRandom().nextBytes(bytes);
                                    yield UUID.randomUUID() + " " + HexFormat.of().formatHex(bytes);
                                }
                                case "events" -> String.join(",", events);
                                default -> {
                                    failing = true;
                                    yield "failing";
                                }
                            };
                    socket.getOutputStream().write(answer.getBytes());
                }
            }
        }
    }
}
