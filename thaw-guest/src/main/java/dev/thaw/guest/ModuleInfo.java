package dev.thaw.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** What a kernel module says of itself, in the {@code .modinfo} section of its 64-bit ELF file. */
final class ModuleInfo {
    private static final int MAGIC = 0x464c457f;
    private static final String DEPENDS = "depends=";

    private ModuleInfo() {}

    /** The names of the modules that must be loaded before it. */
    static List<String> needs(Path file, byte[] content) throws IOException {
        try {
            for (String entry : section(content).split("\0")) {
                if (entry.startsWith(DEPENDS)) {
                    String names = entry.substring(DEPENDS.length()).replace('-', '_');
                    return names.isEmpty() ? List.of() : List.of(names.split(","));
                }
            }
            return List.of();
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException(file + " is not a kernel module for x86-64", e);
        }
    }

    private static String section(byte[] content) {
        ByteBuffer elf = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        if (elf.getInt(0) != MAGIC || elf.get(4) != 2) {
            throw new IllegalArgumentException("no 64-bit ELF file");
        }
        int headers = Math.toIntExact(elf.getLong(0x28));
        int headerBytes = elf.getShort(0x3a) & 0xffff;
        int count = elf.getShort(0x3c) & 0xffff;
        int names = Math.toIntExact(elf.getLong(headers + (elf.getShort(0x3e) & 0xffff) * headerBytes + 0x18));
        for (int i = 0; i < count; i++) {
            int header = headers + i * headerBytes;
            if (nameAt(content, names + elf.getInt(header)).equals(".modinfo")) {
                int start = Math.toIntExact(elf.getLong(header + 0x18));
                int length = Math.toIntExact(elf.getLong(header + 0x20));
                return new String(content, start, length, StandardCharsets.UTF_8);
            }
        }
        throw new IllegalArgumentException("no .modinfo section");
    }

    private static String nameAt(byte[] content, int start) {
        int end = start;
        while (content[end] != 0) {
            end++;
        }
        return new String(content, start, end - start, StandardCharsets.US_ASCII);
    }
}
