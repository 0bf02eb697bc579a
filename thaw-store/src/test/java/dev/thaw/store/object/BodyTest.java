package dev.thaw.store.object;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyTest {
    private static ByteBuffer piece(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String read(Body body, int room) throws IOException {
        StringBuilder text = new StringBuilder();
        try (ReadableByteChannel in = body.open()) {
            ByteBuffer target = ByteBuffer.allocate(room);
            while (in.read(target.clear()) >= 0) {
                text.append(StandardCharsets.US_ASCII.decode(target.flip()));
            }
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100})
    void piecesAreReadOneAfterAnotherAsOftenAsWanted(int room) throws IOException {
        Body body = Body.of(List.of(piece("some"), piece(""), piece(" text"), piece("")));
        assertThat(body.lengthBytes()).isEqualTo(9);
        assertThat(read(body, room)).isEqualTo("some text");
        assertThat(read(body, room)).isEqualTo("some text");
        assertThat(read(Body.of(List.of()), room)).isEmpty();
    }
}
