package dev.thaw.kubernetes.cluster;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a control plane is started.
 *
 * @param folder where its data, logs and records live; removed when it ends
 * @param schedulerConfiguration a KubeSchedulerConfiguration in YAML without {@code clientConnection}, which is added; empty for
 *     the scheduler's own default
 * @param endWithParent whether a watchdog ends everything as soon as this JVM is gone, even if it was killed
 */
public record ClusterOptions(Path folder, Optional<String> schedulerConfiguration, boolean endWithParent) {
    public ClusterOptions {
        requireNonNull(folder, "folder is null");
        requireNonNull(schedulerConfiguration, "schedulerConfiguration is null");
    }
}
