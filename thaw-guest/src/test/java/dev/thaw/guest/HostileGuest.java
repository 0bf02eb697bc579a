package dev.thaw.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A guest that answers as an agent does, until it does not: now and then a frame is changed, repeated, left out, out of place or noise. */
final class HostileGuest implements Runnable {
    private final SocketChannel port;
    private final Random random;

    /** Of how many frames one is wrong. */
    private final int oneIn;

    HostileGuest(SocketChannel port, long seed) {
        this.port = port;
        random = new Random(seed);
        oneIn = 1 + random.nextInt(30);
    }

    @Override
    public void run() {
        FrameDecoder decoder = new FrameDecoder(FrameType.Sender.HOST);
        try (port) {
            send(GuestFrames.hello());
            while (port.read(decoder.input()) >= 0) {
                decoder.drain(this::answer);
            }
        } catch (IOException e) {
            // The host has had enough, which is what it is for.
            return;
        }
    }

    private void answer(FrameType type, int stream, ByteBuffer payload) throws AgentException {
        try {
            for (ByteBuffer frame : answers(type, stream)) {
                send(frame);
            }
        } catch (IOException e) {
            throw new AgentException(AgentException.Code.CLOSED, "The host is gone", e);
        }
    }

    private List<ByteBuffer> answers(FrameType type, int stream) {
        List<ByteBuffer> frames = new ArrayList<>();
        switch (type) {
            case START -> {
                frames.add(GuestFrames.started());
                frames.add(GuestFrames.listening(8080));
            }
            case OPEN -> {
                frames.add(FrameEncoder.small(FrameType.OPENED, stream, random.nextInt(1 << 16)));
                frames.add(FrameEncoder.data(stream, new byte[3000], 0, 1 + random.nextInt(3000)));
                frames.add(GuestFrames.limit(1 + random.nextInt(3), ""));
                frames.add(FrameEncoder.small(FrameType.EOF, stream));
            }
            case DATA -> frames.add(FrameEncoder.small(FrameType.WINDOW, stream, random.nextInt(1 << 16)));
            case LOG_WINDOW -> {
                frames.add(GuestFrames.log(1 + random.nextInt(500)));
                frames.add(GuestFrames.logDropped(random.nextLong() >>> 1));
            }
            case QUIESCE -> frames.add(GuestFrames.quiesced(random.nextInt(4) == 0 ? "not now" : ""));
            case RENEW -> frames.add(GuestFrames.renewed(random.nextInt(4) == 0 ? "too late" : ""));
            case SHUTDOWN -> frames.add(GuestFrames.exited(random.nextInt(256)));
            default -> {
                // Nothing is answered to what ends.
            }
        }
        return frames;
    }

    private void send(ByteBuffer frame) throws IOException {
        if (random.nextInt(oneIn) != 0) {
            write(frame);
            return;
        }
        switch (random.nextInt(8)) {
            case 0 -> {
                // Left out.
            }
            case 1 -> {
                write(frame.duplicate());
                write(frame);
            }
            case 2 -> {
                frame.put(random.nextInt(frame.limit()), (byte) random.nextInt());
                write(frame);
            }
            case 3 -> write(frame.limit(random.nextInt(frame.limit())));
            case 4 -> {
                byte[] noise = new byte[1 + random.nextInt(40_000)];
                random.nextBytes(noise);
                write(ByteBuffer.wrap(noise));
            }
            case 5 -> flood();
            case 6 ->
                write(GuestFrames.all().get(random.nextInt(GuestFrames.all().size())));
            default -> port.close();
        }
    }

    /** Much of what costs a guest nothing. */
    private void flood() throws IOException {
        int stream = random.nextInt(4);
        List<ByteBuffer> kinds = List.of(
                GuestFrames.logDropped(Long.MAX_VALUE),
                GuestFrames.limit(1, "x"),
                FrameEncoder.small(FrameType.WINDOW, 1 + stream, 1),
                FrameEncoder.data(1 + stream, new byte[60_000], 0, 60_000),
                GuestFrames.log(5_000));
        ByteBuffer frame = kinds.get(random.nextInt(kinds.size()));
        for (int i = 0; i < 300; i++) {
            write(frame.duplicate());
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int piece = Math.min(bytes.remaining(), 1 + random.nextInt(20_000));
            ByteBuffer part = bytes.slice(bytes.position(), piece);
            bytes.position(bytes.position() + piece);
            while (part.hasRemaining()) {
                port.write(part);
            }
        }
    }
}
