package dev.thaw.load.plan;

import java.io.IOException;
import java.io.OutputStream;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes a plan as a stream, one function after the other. Times are microseconds from the experiment's start. */
public final class PlanWriter {
    private PlanWriter() {}

    /** {@code {seed, functions: [{name, invocations: [{at_us, runtime_ms, memory_mib}]}]}}; does not close the stream. */
    public static void writeJson(Plan plan, OutputStream out) {
        try (JsonGenerator json = JsonFactory.builder()
                .disable(tools.jackson.core.StreamWriteFeature.AUTO_CLOSE_TARGET)
                .build()
                .createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8)) {
            json.writeStartObject();
            json.writeNumberProperty("seed", plan.seed());
            json.writeArrayPropertyStart("functions");
            for (FunctionPlan function : plan) {
                json.writeStartObject();
                json.writeStringProperty("name", function.name());
                json.writeArrayPropertyStart("invocations");
                double at = 0;
                for (int i = 0; i < function.invocations(); i++) {
                    at += function.gapsMicros()[i];
                    json.writeStartObject();
                    json.writeNumberProperty("at_us", at);
                    json.writeNumberProperty("runtime_ms", function.runtimeMillis()[i]);
                    json.writeNumberProperty("memory_mib", function.memoryMib()[i]);
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    /** Columns {@code function,invocationID,phase,at_us,gap_us,runtime_ms,memory_mib}; does not close the stream. */
    public static void writeCsv(Plan plan, OutputStream out) throws IOException {
        CsvBuffer csv = new CsvBuffer(out);
        csv.text("function,invocationID,phase,at_us,gap_us,runtime_ms,memory_mib")
                .endRow();
        for (FunctionPlan function : plan) {
            double at = 0;
            InvocationClock clock = new InvocationClock(function, plan);
            for (int i = 0; i < function.invocations(); i++) {
                double gap = function.gapsMicros()[i];
                at += gap;
                csv.text(function.name())
                        .comma()
                        .text(clock.id())
                        .comma()
                        .number(clock.phase().number());
                csv.comma().text(Double.toString(at)).comma().text(Double.toString(gap));
                csv.comma()
                        .number(function.runtimeMillis()[i])
                        .comma()
                        .number(function.memoryMib()[i])
                        .endRow();
                clock.advance();
            }
        }
        csv.flush();
    }
}
