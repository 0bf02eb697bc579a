package dev.thaw.cli.bench.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpReaderTest {
    /** Gives one byte at a time, so that every boundary falls between two reads. */
    private static HttpReader slowly(String text) {
        InputStream bytes = new ByteArrayInputStream(text.getBytes(ISO_8859_1));
        return new HttpReader(new InputStream() {
            @Override
            public int read() throws IOException {
                return bytes.read();
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                return bytes.read(to, offset, Math.min(1, length));
            }
        });
    }

    private static String body(HttpReader reader, HttpHead head) throws IOException, InterruptedException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        reader.body(head.framing(), body::write);
        return body.toString(ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5\r\n\r\n|12345",
                "content-length:0\r\n\r\n|",
                "Transfer-Encoding: chunked\r\n\r\n|5\r\nab\r\nc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
                "Transfer-Encoding: gzip, chunked\r\nContent-Length: 3\r\n\r\n|0\r\nTrailer: 1\r\n\r\n",
            })
    void messagesPassAsTheyAreAndTheNextFollows(String message) throws Exception {
        String headers = message.substring(0, message.indexOf('|'));
        String body = message.substring(message.indexOf('|') + 1);
        String first = "HTTP/1.1 206 Partial Content\r\n" + headers;
        HttpReader reader = slowly(first + body + "GET /b/k HTTP/1.1\r\n\r\n");
        HttpHead head = reader.head().orElseThrow();
        assertThat(new String(head.bytes(), ISO_8859_1)).isEqualTo(first);
        assertThat(head.status()).isEqualTo(206);
        assertThat(body(reader, head)).isEqualTo(body);
        HttpHead next = reader.head().orElseThrow();
        assertThat(next.word(0) + next.word(1)).isEqualTo("GET/b/k");
        assertThat(reader.head()).isEqualTo(Optional.empty());
    }

    @Test
    void anAnswerWithoutALengthGoesOnToTheEnd() throws Exception {
        HttpReader reader = slowly("HTTP/1.0 200 OK\r\n\r\nall of it");
        assertThat(body(reader, reader.head().orElseThrow())).isEqualTo("all of it");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1234",
                "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Le",
            })
    void whatBreaksOffOrIsNoHttpIsAnError(String text) {
        HttpReader reader = slowly(text);
        assertThatThrownBy(() -> body(reader, reader.head().orElseThrow())).isInstanceOf(IOException.class);
    }

    @Test
    void aHeadIsBounded() {
        HttpReader reader = slowly("GET / HTTP/1.1\r\nX: " + "x".repeat(70_000) + "\r\n\r\n");
        assertThatThrownBy(reader::head).isInstanceOf(IOException.class).hasMessageContaining("longer");
    }
}
