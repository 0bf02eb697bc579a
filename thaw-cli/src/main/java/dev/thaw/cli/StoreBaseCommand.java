package dev.thaw.cli;

import dev.thaw.store.object.Cancellation;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
        name = "base",
        description =
                "Public base images: root file systems whose blocks every trust domain may refer to, so that they are stored once.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {StoreBaseCommand.Add.class, StoreBaseCommand.Remove.class},
        footer = {
            "",
            "Example:",
            "  thaw store base add debian DATA/images/FILE.erofs --store s3://snapshots/thaw --keys keys"
        })
final class StoreBaseCommand {
    private StoreBaseCommand() {}

    @Command(
            name = "add",
            description = "Publish a root file system as a base; one of the same name is replaced.",
            footer = {"", "Example:", "  thaw store base add python rootfs.erofs --store file:/srv/thaw/store"})
    static final class Add implements Runnable {
        @Parameters(index = "0", paramLabel = "NAME", description = "How the base is called.")
        private String name = "";

        @Parameters(
                index = "1",
                paramLabel = "FILE",
                description = "Its root file system, as a daemon that has deployed the image keeps it in DATA/images.")
        private Path file = Path.of("");

        @Mixin
        private final StoreCommand.Offline offline = new StoreCommand.Offline();

        @Mixin
        private final Output output = new Output();

        @Override
        public void run() {
            if (!Files.isRegularFile(file)) {
                throw new CommandFailure("There is no file " + file + ".");
            }
            offline.with(store -> {
                store.publishBase(name, file, Cancellation.never());
                return true;
            });
            output.print(
                    JsonNodeFactory.instance.objectNode().put("base", name), "The base " + name + " is published.");
        }
    }

    @Command(
            name = "remove",
            description = "Forget a base; its blocks stay as long as a snapshot refers to them.",
            footer = {"", "Example:", "  thaw store base remove python --store file:/srv/thaw/store"})
    static final class Remove implements Runnable {
        @Parameters(paramLabel = "NAME", description = "The base.")
        private String name = "";

        @Mixin
        private final StoreCommand.Offline offline = new StoreCommand.Offline();

        @Mixin
        private final Output output = new Output();

        @Override
        public void run() {
            offline.with(store -> {
                store.deleteBase(name, Cancellation.never());
                return true;
            });
            output.print(
                    JsonNodeFactory.instance.objectNode().put("base", name), "The base " + name + " is forgotten.");
        }
    }
}
