package dev.thaw.guest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;

/**
 * The modules of a kernel: finds what a module needs, and gives the files in the order in which they can be loaded. A package that was
 * not installed has no {@code modules.dep}, so the needs are read from the modules themselves.
 */
final class KernelModules {
    private static final Pattern FILE = Pattern.compile("([^/]+)\\.ko(\\.(xz|gz|zst))?");

    private final Path folder;
    private final Map<String, Path> files = new HashMap<>();
    private final Set<String> builtIn = new HashSet<>();

    KernelModules(Path folder) throws IOException {
        this.folder = folder;
        try (Stream<Path> tree = Files.walk(folder.resolve("kernel"))) {
            tree.forEach(this::index);
        }
        Path list = folder.resolve("modules.builtin");
        if (Files.exists(list)) {
            Files.readAllLines(list).forEach(line -> builtIn.add(nameOf(Path.of(line))));
        }
    }

    /**
     * The wanted modules and all that they need, each after what it needs itself, uncompressed. What is built into the kernel is left
     * out.
     *
     * @throws IOException when the kernel has neither the module nor its feature built in
     */
    Map<String, byte[]> inLoadOrder(List<String> wanted) throws IOException {
        Map<String, byte[]> order = new LinkedHashMap<>();
        for (String name : wanted) {
            add(name, order, new ArrayList<>());
        }
        return order;
    }

    private void add(String name, Map<String, byte[]> order, List<String> path) throws IOException {
        if (order.containsKey(name) || builtIn.contains(name)) {
            return;
        }
        Path file = files.get(name);
        if (file == null) {
            throw new IOException("The kernel in " + folder + " has no module " + name + ", which guests need"
                    + (path.isEmpty() ? "" : " (for " + path.getLast() + ")") + ". Name another kernel.");
        }
        if (path.contains(name)) {
            throw new IOException("The modules in " + folder + " need each other in a circle: " + path);
        }
        byte[] content = read(file);
        path.add(name);
        for (String needed : ModuleInfo.needs(file, content)) {
            add(needed, order, path);
        }
        path.removeLast();
        order.put(name, content);
    }

    private void index(Path file) {
        String name = nameOf(file);
        if (!name.isEmpty()) {
            files.put(name, file);
        }
    }

    /** Module names have underscores where file names may have hyphens. */
    private static String nameOf(Path file) {
        Matcher matcher = FILE.matcher(String.valueOf(file.getFileName()));
        return matcher.matches() ? matcher.group(1).replace('-', '_') : "";
    }

    private static byte[] read(Path file) throws IOException {
        if (String.valueOf(file.getFileName()).endsWith(".ko")) {
            return Files.readAllBytes(file);
        }
        try (InputStream input = new BufferedInputStream(Files.newInputStream(file));
                InputStream plain = new CompressorStreamFactory().createCompressorInputStream(input)) {
            return plain.readAllBytes();
        } catch (CompressorException e) {
            throw new IOException("The kernel module " + file + " cannot be decompressed", e);
        }
    }
}
