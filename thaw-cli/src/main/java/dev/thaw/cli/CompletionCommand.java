package dev.thaw.cli;

import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

@Command(
        name = "completion",
        description = "Print a script that lets bash or zsh complete commands and flags.",
        footer = {"", "Example:", "  thaw completion > /etc/bash_completion.d/thaw"})
final class CompletionCommand implements Runnable {
    @Override
    public void run() {
        System.out.print(AutoComplete.bash("thaw", Main.commandLine(List.of())));
    }
}
