package dev.thaw.sandbox;

import dev.thaw.sandbox.SandboxException.Code;
import dev.thaw.store.object.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The first processor of {@code /proc/cpuinfo}. */
record CpuDescription(Map<String, String> fields) {
    /** What a guest under KVM may have taken notice of at its boot. */
    private static final List<String> FINGERPRINT =
            List.of("vendor_id", "cpu family", "model", "stepping", "microcode");

    CpuDescription {
        fields = Map.copyOf(fields);
    }

    static CpuDescription read(Path cpuinfo) throws SandboxException {
        try {
            Map<String, String> fields = new LinkedHashMap<>();
            for (String line : Files.readAllLines(cpuinfo)) {
                if (line.isBlank()) {
                    break;
                }
                int colon = line.indexOf(':');
                if (colon > 0) {
                    fields.put(
                            line.substring(0, colon).strip(),
                            line.substring(colon + 1).strip());
                }
            }
            return new CpuDescription(fields);
        } catch (IOException e) {
            throw new SandboxException(Code.HOST, cpuinfo + " cannot be read: " + e.getMessage(), e);
        }
    }

    Set<String> flags() {
        return new TreeSet<>(List.of(fields.getOrDefault("flags", "").split(" ")));
    }

    boolean hasFlag(String flag) {
        return flags().contains(flag);
    }

    /** Equal for processors between which a frozen guest can move. */
    String fingerprint() {
        StringBuilder text = new StringBuilder();
        FINGERPRINT.forEach(
                field -> text.append(fields.getOrDefault(field, "?")).append('/'));
        String flags = String.join(" ", flags());
        return text + Digest.of(flags.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
    }
}
