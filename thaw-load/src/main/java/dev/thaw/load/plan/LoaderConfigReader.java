package dev.thaw.load.plan;

import static java.util.Objects.requireNonNull;

import dev.thaw.load.plan.IatDistribution.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads a configuration in In-Vitro's format: one JSON object, with In-Vitro's keys and the defaults that its documentation states. A
 * key that In-Vitro does not have is an error, and so is one that asks for something that is not done here (a workflow, a cloud's
 * platform): nothing is left out silently. Keys that only matter to In-Vitro's own deployment are named in a warning.
 */
public final class LoaderConfigReader {
    private static final Map<String, Granularity> GRANULARITIES =
            Map.of("minute", Granularity.MINUTE, "second", Granularity.SECOND);
    private static final Map<String, IatDistribution> DISTRIBUTIONS = Map.of(
            "exponential", new IatDistribution(Shape.EXPONENTIAL, false),
            "exponential_shift", new IatDistribution(Shape.EXPONENTIAL, true),
            "uniform", new IatDistribution(Shape.UNIFORM, false),
            "uniform_shift", new IatDistribution(Shape.UNIFORM, true),
            "equidistant", new IatDistribution(Shape.EQUIDISTANT, false));
    private static final Map<String, Protocol> PROTOCOLS =
            Map.of("grpc", Protocol.EXECUTOR, "http1", Protocol.HTTP1, "http2", Protocol.HTTP2);
    private static final Set<String> PLATFORMS = Set.of("knative", "knative-rps", "thaw", "thaw-rps");

    /** Known to In-Vitro, and about its own deployment or tools only. */
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "AsyncResponseURL",
            "AsyncWaitToCollectMin",
            "AutoscalingMetric",
            "CPULimit",
            "Depth",
            "EnableDAGDataset",
            "EndpointPort",
            "IsPartiallyPanic",
            "MetricScrapingPeriodSeconds",
            "PrepullMode",
            "RpsDataSizeMB",
            "RpsFile",
            "RpsImage",
            "RpsIterationMultiplier",
            "Width",
            "YAMLSelector");

    /** Known to In-Vitro and not done here; harmless while off. */
    private static final Map<String, String> NOT_SUPPORTED = Map.of(
            "AsyncMode", "Invocations are synchronous.",
            "BusyLoopOnSandboxStartup", "Give the function a slow start of its own instead.",
            "DAGMode", "Workflows are not invoked; each function is invoked by itself.",
            "DirigentControlPlaneIP", "Deploy elsewhere and name the functions' end points in a file.",
            "EnableMetricsScrapping", "Scrape the platform's own metrics instead.",
            "EnableZipkinTracing", "Traces of spans are not sent.",
            "RpsRequestedGpu", "There are no functions with GPUs.",
            "WorkflowConfigPath", "Workflows are not invoked; each function is invoked by itself.");

    private static final List<String> USED = List.of(
            "ExperimentDuration",
            "GRPCConnectionTimeoutSeconds",
            "GRPCFunctionTimeoutSeconds",
            "Granularity",
            "IATDistribution",
            "InvokeProtocol",
            "OutputPathPrefix",
            "Platform",
            "RpsColdStartRatioPercentage",
            "RpsCooldownSeconds",
            "RpsFunctionCount",
            "RpsMemoryMB",
            "RpsRuntimeMs",
            "RpsTarget",
            "Seed",
            "TracePath",
            "VSwarm",
            "WarmupDuration");

    private final ConfigObject object;

    private LoaderConfigReader(ConfigObject object) {
        this.object = requireNonNull(object, "object is null");
    }

    /** @throws ConfigException with a text for the user when the file is not such a configuration */
    public static LoaderConfig read(Path file) {
        try {
            return new LoaderConfigReader(ConfigObject.parse(file.toString(), Files.readString(file))).toConfig();
        } catch (NoSuchFileException e) {
            throw new ConfigException(file + ": there is no such file. Give a configuration in In-Vitro's format.", e);
        } catch (IOException e) {
            throw new ConfigException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private LoaderConfig toConfig() {
        List<String> withoutEffect = checkKeys();
        String platform = object.text("Platform", "Knative");
        if (!PLATFORMS.contains(platform.toLowerCase(Locale.ROOT))) {
            throw object.error(
                    "Platform",
                    "'" + platform + "' is not supported. Use 'Knative' or 'Thaw', and name the end points of any other"
                            + " system's functions in a file.");
        }
        boolean rpsByPlatform = platform.toLowerCase(Locale.ROOT).endsWith("-rps");
        Protocol protocol = object.choice("InvokeProtocol", PROTOCOLS, "http1");
        boolean vSwarm = object.flag("VSwarm", false);
        if (vSwarm && protocol != Protocol.EXECUTOR) {
            throw object.error("VSwarm", "vSwarm's functions speak gRPC: set InvokeProtocol to 'grpc'.");
        }
        LoaderConfig config = new LoaderConfig(
                object.wholeNumber("Seed", 42, Long.MIN_VALUE, Long.MAX_VALUE),
                vSwarm ? Protocol.GREETER : protocol,
                rpsByPlatform ? LoaderConfig.RPS : object.text("TracePath", "data/traces"),
                object.choice("Granularity", GRANULARITIES, "minute"),
                object.choice("IATDistribution", DISTRIBUTIONS, "exponential"),
                whole("ExperimentDuration", 1, 1, 1_000_000),
                whole("WarmupDuration", 0, 0, 1_000_000),
                object.text("OutputPathPrefix", "data/out/experiment"),
                Duration.ofSeconds(whole("GRPCConnectionTimeoutSeconds", 60, 1, 86_400)),
                Duration.ofSeconds(whole("GRPCFunctionTimeoutSeconds", 90, 1, 86_400)),
                object.number("RpsTarget", 0, 0, 1_000_000),
                object.number("RpsColdStartRatioPercentage", 0, 0, 100),
                whole("RpsCooldownSeconds", 0, 0, 86_400),
                whole("RpsFunctionCount", 1, 1, 100_000),
                whole("RpsRuntimeMs", 0, 0, 3_600_000),
                whole("RpsMemoryMB", 0, 0, 1_048_576),
                withoutEffect);
        if (config.isRps()) {
            checkRps(config);
        }
        return config;
    }

    private int whole(String key, int otherwise, int least, int most) {
        return (int) object.wholeNumber(key, otherwise, least, most);
    }

    private void checkRps(LoaderConfig config) {
        if (config.rpsTarget() == 0) {
            throw object.error("RpsTarget", "must be above 0 in RPS mode.");
        }
        if (config.rpsColdStartPercentage() > 0 && config.rpsCooldownSeconds() == 0) {
            throw object.error(
                    "RpsCooldownSeconds",
                    "must be above 0 for cold starts: it is how long the platform takes to scale a function to zero.");
        }
        if (config.granularity() != Granularity.MINUTE) {
            throw object.error("Granularity", "must be 'minute' in RPS mode.");
        }
    }

    private List<String> checkKeys() {
        List<String> known = new ArrayList<>(USED);
        known.addAll(WITHOUT_EFFECT);
        known.addAll(NOT_SUPPORTED.keySet());
        List<String> withoutEffect = new ArrayList<>();
        for (String key : object.keys()) {
            if (!known.contains(key)) {
                throw object.error(key, "is not a key. The nearest is '" + Nearest.of(key, known) + "'.");
            }
            String reason = NOT_SUPPORTED.get(key);
            if (reason != null && !object.isOff(key)) {
                throw object.error(key, "is not supported. " + reason);
            }
            if (WITHOUT_EFFECT.contains(key)) {
                withoutEffect.add(key);
            }
        }
        return withoutEffect;
    }
}
