package dev.thaw.cli;

import dev.thaw.store.key.WrappingKeys;
import dev.thaw.store.object.Cancellation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
        name = "keys",
        description = "The keys that wrap a store's data keys.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {StoreKeysCommand.Generate.class, StoreKeysCommand.Rewrap.class, StoreKeysCommand.NewEpoch.class},
        footer = {
            "",
            "Example, a new wrapping key: put what generate prints on top of every daemon's file of keys, then rewrap,",
            "then take the old line away:",
            "  thaw store keys generate 2027 | cat - keys > new && chmod 600 new && mv new keys",
            "  thaw store keys rewrap --store s3://snapshots/thaw --keys keys"
        })
final class StoreKeysCommand {
    private StoreKeysCommand() {}

    @Command(
            name = "generate",
            description = "Print a new line for a file of keys.",
            footer = {"", "Example:", "  thaw store keys generate first > keys && chmod 600 keys"})
    static final class Generate implements Runnable {
        @Parameters(paramLabel = "NAME", description = "How the key is called in the store.")
        private String name = "";

        @Mixin
        private final Output output = new Output();

        @Override
        public void run() {
            try {
                output.print(WrappingKeys.generate(name));
            } catch (IllegalArgumentException e) {
                throw new CommandFailure(String.valueOf(e.getMessage()), e);
            }
        }
    }

    @Command(
            name = "rewrap",
            description = "Wrap all data keys with the first key of the file; no other data is written.",
            footer = {"", "Example:", "  thaw store keys rewrap --store s3://snapshots/thaw --keys keys"})
    static final class Rewrap implements Runnable {
        @Mixin
        private final StoreCommand.Offline offline = new StoreCommand.Offline();

        @Mixin
        private final Output output = new Output();

        @Override
        public void run() {
            int changed = offline.with(store -> store.rewrapKeys(Cancellation.never()));
            output.print(
                    JsonNodeFactory.instance.objectNode().put("rewrapped", changed),
                    "The data keys of " + changed + " trust domains were wrapped anew.");
        }
    }

    @Command(
            name = "new-epoch",
            description = "Encrypt what a trust domain publishes from now on with a new data key.",
            footer = {"", "Example:", "  thaw store keys new-epoch default --store s3://snapshots/thaw --keys keys"})
    static final class NewEpoch implements Runnable {
        @Parameters(paramLabel = "DOMAIN", description = "The trust domain.")
        private String domain = "";

        @Mixin
        private final StoreCommand.Offline offline = new StoreCommand.Offline();

        @Mixin
        private final Output output = new Output();

        @Override
        public void run() {
            offline.with(store -> {
                store.newEpoch(domain, Cancellation.never());
                return true;
            });
            output.print(
                    JsonNodeFactory.instance.objectNode().put("domain", domain),
                    "What '" + domain + "' publishes from now on has a data key of its own.");
        }
    }
}
