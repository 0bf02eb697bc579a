package dev.thaw.guest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Keeps a log as text, by source. */
final class CollectedLog implements AgentLog {
    private final Map<Source, ByteArrayOutputStream> texts = new EnumMap<>(Source.class);
    private final List<Shortage> shortages = new ArrayList<>();
    private long droppedBytes;

    @Override
    public synchronized void append(Source source, byte[] bytes) {
        texts.computeIfAbsent(source, any -> new ByteArrayOutputStream()).writeBytes(bytes);
    }

    @Override
    public synchronized void dropped(long bytes) {
        droppedBytes += bytes;
    }

    @Override
    public synchronized void ranShort(Shortage shortage) {
        shortages.add(shortage);
    }

    synchronized List<Shortage> shortages() {
        return List.copyOf(shortages);
    }

    synchronized String text(Source source) {
        ByteArrayOutputStream text = texts.get(source);
        return text == null ? "" : text.toString(StandardCharsets.UTF_8);
    }

    synchronized long droppedBytes() {
        return droppedBytes;
    }
}
