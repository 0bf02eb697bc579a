package dev.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The arrows of ARCHITECTURE.md: each module uses what is listed here, and nothing else. */
class ModuleArrowsTest {
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry(
                    "cli",
                    Set.of(
                            "gateway",
                            "node",
                            "image",
                            "sandbox",
                            "guest",
                            "lazy",
                            "cache",
                            "store",
                            "kubernetes",
                            "load")),
            Map.entry("gateway", Set.of("node", "image", "sandbox", "guest", "lazy", "cache", "store")),
            Map.entry("kubernetes", Set.of("node", "cache", "store")),
            Map.entry("load", Set.of()),
            Map.entry("node", Set.of("sandbox", "guest", "lazy", "cache", "store")),
            Map.entry("sandbox", Set.of("guest", "store")),
            Map.entry("image", Set.of("store")),
            Map.entry("lazy", Set.of("cache", "store")),
            Map.entry("cache", Set.of("store")),
            Map.entry("store", Set.of()),
            Map.entry("guest", Set.of()));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.thaw");

    @Test
    void modulesUseOnlyWhatLiesBelowThem() {
        Set<String> wrong = new TreeSet<>();
        for (JavaClass from : CLASSES) {
            for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                JavaClass to = dependency.getTargetClass();
                if (to.getPackageName().startsWith("dev.thaw.")
                        && !moduleOf(from).equals(moduleOf(to))) {
                    Set<String> allowed = ARROWS.getOrDefault(moduleOf(from), Set.of());
                    if (!allowed.contains(moduleOf(to))) {
                        wrong.add(from.getName() + " -> " + to.getName());
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void theListItselfHasNoCycle() {
        Map<String, Set<String>> left = new TreeMap<>();
        ARROWS.forEach((module, uses) -> left.put(module, new TreeSet<>(uses)));
        while (!left.isEmpty()) {
            Set<String> leaves = new TreeSet<>();
            left.forEach((module, uses) -> {
                if (uses.isEmpty()) {
                    leaves.add(module);
                }
            });
            assertThat(leaves)
                    .as("modules that nothing among " + left + " lies below of")
                    .isNotEmpty();
            left.keySet().removeAll(leaves);
            left.values().forEach(uses -> uses.removeAll(leaves));
        }
    }

    @Test
    void packagesHaveNoCycles() {
        SlicesRuleDefinition.slices()
                .matching("dev.thaw.(**)")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    private static String moduleOf(JavaClass type) {
        String rest = type.getPackageName().substring("dev.thaw.".length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
