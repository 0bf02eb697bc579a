package dev.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.gateway.ConfigKey;
import dev.thaw.store.key.WrappingKeys;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.AutoComplete;
import picocli.CommandLine;

class UsageTest {
    private record Result(int code, String out, String err) {}

    private static Result run(String... args) {
        CommandLine command = Main.commandLine(List.of(args));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        int code = command.execute(args);
        return new Result(code, out.toString(), err.toString());
    }

    static List<String> commands() {
        return List.copyOf(Main.commands().keySet());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHelpsWithAnExample(String name) {
        Result result = run(name, "--help");
        assertThat(result.code()).isZero();
        assertThat(result.out()).startsWith("Usage: thaw " + name).contains("Example:", "  thaw " + name, "--help");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            deplyo                               | Unknown command 'deplyo'. Did you mean 'deploy'?
            invok                                | Unknown command 'invok'. Did you mean 'invoke'?
            serve --wrkers 2                     | Unknown flag '--wrkers'. Did you mean '--workers'?
            serve --cache_size=1GiB              | Unknown flag '--cache_size'. Did you mean '--cache-size'?
            serve extra                          | Not expected here: 'extra'.
            deploy                               | --image
            deploy a                             | --image=REF
            deploy a --image x --memroy 1MiB     | Unknown flag '--memroy'. Did you mean '--memory'?
            deploy a --image x --memory lots     | Not a size: 'lots'.
            deploy a --image x --idle 60         | Not a duration: '60'.
            deploy a --image x --cpus two        | is not an int
            deploy a --image x --env AB          | Not an environment variable: 'AB'.
            deploy a b --image x                 | Not expected here: 'b'.
            invoke                               | NAME
            invoke a --pth /                     | Unknown flag '--pth'. Did you mean '--path'?
            invoke a -H nonsense                 | Not a header: 'nonsense'.
            snapshot inspekt x                   | Unknown command 'inspekt'. Did you mean 'inspect'?
            snapshot inspect                     | REV
            cache drip                           | Unknown command 'drip'. Did you mean 'drop'?
            logs a --folow                       | Unknown flag '--folow'. Did you mean '--follow'?
            retire a --al                        | Unknown flag '--al'. Did you mean '--all'?
            store dv                             | Unknown command 'dv'. Did you mean 'du'?
            store gc --grace soon                | Not a duration: 'soon'.
            store fsck --repare                  | Unknown flag '--repare'. Did you mean '--repair'?
            bench burst --starts 1               | There are 2 to 100 starts in a burst, not 1.
            bench burst --store-profile far      | Not a store profile: 'far'.
            bench clones --clones 0              | There are 1 to 100 clones, not 0.
            bench gateway --queue-proxy /none    | /none is no program.
            bench coldstart --store-profile far  | Not a store profile: 'far'. There are none, object-store, zonal.
            bench coldstart --warm-up -1         | There cannot be -1 rounds to warm up.
            bench store --function helo          | There is no sample or variation 'helo'.
            bench store --memory little          | Not a size: 'little'.
            bench reads --rounds 0               | There are 1 to 1000 rounds, not 0.
            bench reads --function helo          | There is no sample or variation 'helo'.
            bench store --frozn /x               | Unknown flag '--frozn'. Did you mean '--frozen'?
            bench publish --rounds 0             | There are 1 to 1000 rounds, not 0.
            bench publish --rounds many          | is not an int
            bench publish --store file:/x        | Unknown flag '--store'
            version --jsn                        | Unknown flag '--jsn'. Did you mean '--json'?
            """)
    void wrongUsageIsToldWithTheNearestRightOne(String line, String message) {
        Result result = run(line.strip().split(" +"));
        assertThat(result.err()).contains(message);
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
    }

    @Test
    void serveHasAFlagForEverySetting() {
        String help = run("serve", "--help").out();
        assertThat(Arrays.stream(ConfigKey.values()).map(key -> "--" + key.key()))
                .allSatisfy(flag -> assertThat(help).contains(flag));
    }

    @ParameterizedTest
    @CsvSource({
        "serve, --workers, 0",
        "serve, --mode, sometimes",
        "serve, --listen, nowhere",
        "serve, --config, /nonexistent/file"
    })
    void wrongSettingsAreWrongUsage(String command, String flag, String value) {
        Result result = run(command, flag, value);
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains(value);
    }

    @Test
    void anUnreachableDaemonIsAFailureThatSaysWhatToDo() {
        Result result = run("functions", "--server", "http://127.0.0.1:1");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("No daemon answers at http://127.0.0.1:1", "thaw serve");
        assertThat(run("functions", "--server", "ftp://x").err()).contains("Not a server");
    }

    @Test
    void aStoreIsLookedAfterWithoutADaemon(@TempDir Path folder) throws Exception {
        String store = "file:" + folder.resolve("store");
        assertThat(run("store", "du", "--store", store).err()).contains("encrypted", "--keys");
        Result key = run("store", "keys", "generate", "first");
        assertThat(key.code()).isZero();
        Path keys = Files.writeString(folder.resolve("keys"), WrappingKeys.generate("first"));
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(run("store", "du", "--store", store).err()).contains("chmod 600");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        Result rewrapped = run("store", "keys", "rewrap", "--store", store);
        assertThat(rewrapped.code()).as(rewrapped.err()).isZero();
        assertThat(run("store", "keys", "new-epoch", "nobody", "--store", store).err())
                .contains("nobody");
        assertThat(run("store", "base", "add", "x", "/none", "--store", store).err())
                .contains("/none");
        Path rootfs = Files.write(folder.resolve("rootfs"), new byte[10_000]);
        assertThat(run("store", "base", "add", "x", rootfs.toString(), "--store", store)
                        .code())
                .isZero();
        assertThat(run("store", "base", "remove", "x", "--store", store).code()).isZero();
        assertThat(run("store", "fsck", "--store", store).code()).isZero();
        assertThat(run("store", "du", "--store", store, "--json").code()).isZero();
        assertThat(run("store", "gc", "--store", store, "--dry-run").code()).isZero();
        Result brief = run("store", "gc", "--store", store, "--grace", "1s");
        assertThat(brief.code()).isEqualTo(1);
        assertThat(brief.err()).contains("shorter than a publication may take");
        assertThat(run("store", "du", "--store", "ftp:x").err()).contains("ftp:x");
    }

    @Test
    void completionKnowsEveryCommand() {
        String script = AutoComplete.bash("thaw", Main.commandLine(List.of()));
        assertThat(commands()).allSatisfy(name -> assertThat(script).contains(name));
        assertThat(script).contains("--cache-size", "--dry-run");
    }

    @Test
    void withoutACommandTheUsageIsShown() {
        assertThat(run().code()).isEqualTo(2);
        assertThat(run("--help").out()).contains("serve", "deploy", "invoke");
    }
}
