package dev.thaw.lazy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is mounted where, asked without touching a mount whose server may be gone: {@code /proc/self/mountinfo}, see proc(5). */
final class MountTable {
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final Pattern LINE = Pattern.compile("\\d+ \\d+ (\\d+:\\d+) \\S+ (\\S+) .*");
    private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

    private MountTable() {}

    /** The devices ({@code major:minor}) mounted at a path, the lowest first. */
    static List<String> devicesAt(Path mountPoint) throws IOException {
        return devicesAt(mountPoint, Files.readAllLines(MOUNTS, StandardCharsets.UTF_8));
    }

    static List<String> devicesAt(Path mountPoint, List<String> lines) {
        List<String> devices = new ArrayList<>();
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches() && unescape(matcher.group(2)).equals(mountPoint.toString())) {
                devices.add(matcher.group(1));
            }
        }
        return devices;
    }

    private static String unescape(String field) {
        return ESCAPED.matcher(field)
                .replaceAll(
                        found -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(found.group(1), 8))));
    }
}
