package dev.thaw.sandbox;

import static java.util.Objects.requireNonNull;

import dev.thaw.guest.AgentConnection;
import dev.thaw.guest.AgentLog;
import dev.thaw.sandbox.SandboxException.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The VMMs that an earlier daemon with the same run directory has kept. */
final class LeftQemuSandboxes {
    private static final Logger log = LoggerFactory.getLogger(LeftQemuSandboxes.class);

    private final VmmUsers users;
    private final Clock clock;
    private final UnaryOperator<QemuSandbox> register;
    private final Consumer<QemuSandbox> onClose;

    /** @param register what is done to one that was adopted */
    LeftQemuSandboxes(VmmUsers users, Clock clock, UnaryOperator<QemuSandbox> register, Consumer<QemuSandbox> onClose) {
        this.users = requireNonNull(users, "users is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.register = requireNonNull(register, "register is null");
        this.onClose = requireNonNull(onClose, "onClose is null");
    }

    /** Finds those that were kept, and removes what is left of others. */
    List<LeftSandbox> find(Path runDirectory) throws IOException {
        List<LeftSandbox> found = new ArrayList<>();
        for (Path leftover : RunDirectory.leftovers(runDirectory)) {
            try {
                KeptRecord record = KeptRecord.read(leftover);
                found.add(new Left(leftover, record.note(), RunDirectory.of(leftover, record.uid(), users)));
            } catch (IOException | IllegalArgumentException e) {
                log.info("Removing what an earlier daemon left: {} ({})", leftover, e.getMessage());
                RunDirectory.delete(leftover);
            }
        }
        return found;
    }

    private final class Left implements LeftSandbox {
        private final Path path;
        private final String note;
        private final RunDirectory directory;

        Left(Path path, String note, RunDirectory directory) {
            this.path = path;
            this.note = note;
            this.directory = directory;
        }

        @Override
        public String id() {
            return path.getFileName().toString();
        }

        @Override
        public String note() {
            return note;
        }

        @Override
        public Sandbox adopt(AgentLog log, Duration timeout) throws SandboxException {
            // Read again: who let it go last has said how.
            Vmm vmm = Vmm.adopt(
                    id(),
                    directory,
                    channel -> KeptRecord.read(path).quiet()
                            ? AgentConnection.toThawing(channel, log)
                            : AgentConnection.toAbandoned(channel, log));
            try {
                KeptRecord record = KeptRecord.read(path);
                QemuSandbox sandbox = new QemuSandbox(id(), record.identity(), vmm, clock, onClose);
                sandbox.takeUp(record.quiet(), timeout);
                return register.apply(sandbox);
            } catch (SandboxException e) {
                vmm.close();
                throw e;
            } catch (IOException e) {
                vmm.close();
                throw new SandboxException(Code.HOST, String.valueOf(e.getMessage()), e);
            }
        }

        @Override
        public void remove() {
            try {
                VmmProcess.adopt(path.resolve(QemuCommand.LAUNCHER_SOCKET)).close();
            } catch (SandboxException e) {
                LeftQemuSandboxes.log.debug("{} has ended", id(), e);
            }
            directory.close();
        }
    }
}
