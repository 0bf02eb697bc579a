package dev.thaw.load;

import dev.thaw.load.plan.LoaderConfig;
import java.io.PrintWriter;

/** Says which keys of a configuration mean nothing here. */
final class ConfigWarnings {
    private ConfigWarnings() {}

    static void print(LoaderConfig config, PrintWriter err) {
        if (!config.withoutEffect().isEmpty()) {
            err.println("Without effect here: " + String.join(", ", config.withoutEffect()) + ".");
            err.flush();
        }
    }
}
