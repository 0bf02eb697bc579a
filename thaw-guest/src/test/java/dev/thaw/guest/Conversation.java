package dev.thaw.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/** What tests say to the test function over an agent's streams. */
final class Conversation {
    static final Duration LIMIT = Duration.ofSeconds(60);

    private Conversation() {}

    /** Sends a command in a stream of its own and gives the whole answer. */
    static String ask(AgentConnection agent, String command) throws IOException {
        try (AgentStream stream = agent.openStream(line(command), LIMIT)) {
            stream.output().close();
            return new String(stream.input().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The guest's own view of what makes it itself. */
    static Map<String, String> identity(AgentConnection agent) throws IOException {
        return ask(agent, "identity")
                .lines()
                .map(line -> line.split(" ", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    static ByteBuffer line(String command) {
        return ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes as the test function makes and checks them. */
    static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i % 251);
        }
        return bytes;
    }
}
