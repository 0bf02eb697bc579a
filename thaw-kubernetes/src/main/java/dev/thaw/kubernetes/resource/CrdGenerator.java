package dev.thaw.kubernetes.resource;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Writes the custom resource's definition, from the classes that read and write it, into a file. */
public final class CrdGenerator {
    private CrdGenerator() {}

    /** @param args the file to write, {@code deploy/kubernetes/crd.yaml} */
    public static void main(String[] args) throws IOException {
        Files.writeString(Path.of(args[0]), generate(), StandardCharsets.UTF_8);
    }

    /** The generator sorts the columns by path; people read them in the order in which the class has them. */
    private static HasMetadata orderColumns(CustomResourceDefinition definition) {
        List<String> order = Arrays.stream(NodeSnapshotCache.class.getAnnotationsByType(AdditionalPrinterColumn.class))
                .map(AdditionalPrinterColumn::name)
                .toList();
        definition
                .getSpec()
                .getVersions()
                .forEach(version -> version.setAdditionalPrinterColumns(version.getAdditionalPrinterColumns().stream()
                        .sorted(Comparator.comparingInt(column -> order.indexOf(column.getName())))
                        .toList()));
        return definition;
    }

    /** The definition in YAML. */
    public static String generate() throws IOException {
        Path folder = Files.createTempDirectory("thaw-crd");
        try {
            new CRDGenerator()
                    .inOutputDir(folder.toFile())
                    .customResourceClasses(NodeSnapshotCache.class)
                    .forCRDVersions("v1")
                    .withPostProcessor(new CRDPostProcessor() {
                        @Override
                        public HasMetadata process(HasMetadata definition, String version) {
                            return orderColumns((CustomResourceDefinition) definition);
                        }
                    })
                    .generate();
            return Files.readString(
                    folder.resolve(NodeSnapshotCache.PLURAL + "." + NodeSnapshotCache.GROUP + "-v1.yml"),
                    StandardCharsets.UTF_8);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
