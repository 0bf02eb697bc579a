package dev.thaw.store.object;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.store.object.StoreException.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileObjectStoreTest extends ObjectStoreContract {
    @TempDir
    Path directory;

    private ObjectStore store;

    @BeforeEach
    void open() throws Exception {
        store = ObjectStores.open("file:" + directory);
    }

    @Override
    ObjectStore store() {
        return store;
    }

    @Test
    void leavesNothingBesideTheObjects() throws Exception {
        store.put("a/b", Body.of(new byte[10]), Condition.always(), Cancellation.never());
        store.put("a/b", Body.of(new byte[11]), Condition.always(), Cancellation.never());
        assertThat(directory.resolve(".incoming")).isEmptyDirectory();
        store.delete("a/b", Cancellation.never());
        assertThat(directory.resolve("a")).doesNotExist();
    }

    @Test
    void sweepsWhatADeadWriterLeft() throws Exception {
        Path old = Files.write(directory.resolve(".incoming/old"), new byte[10]);
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        Path young = Files.write(directory.resolve(".incoming/young"), new byte[10]);
        ObjectStores.open("file:" + directory);
        assertThat(old).doesNotExist();
        assertThat(young).exists();
    }

    @Test
    void keepsConditionsAmongSeveralStoresOnOneDirectory() throws Exception {
        ObjectStore other = ObjectStores.open("file:" + directory);
        String version = store.put("doc", Body.of(new byte[1]), Condition.always(), Cancellation.never());
        other.put("doc", Body.of(new byte[2]), Condition.matches(version), Cancellation.never());
        assertCode(
                Code.PRECONDITION_FAILED,
                () -> store.put("doc", Body.of(new byte[3]), Condition.matches(version), Cancellation.never()));
    }

    @Test
    void refusesAKeyThatIsAFolderOfAnother() throws Exception {
        store.put("a/b", Body.of(new byte[1]), Condition.always(), Cancellation.never());
        for (Condition condition : List.of(Condition.always(), Condition.absent())) {
            assertCode(Code.INVALID, () -> store.put("a", Body.of(new byte[1]), condition, Cancellation.never()));
            assertCode(Code.INVALID, () -> store.put("a/b/c", Body.of(new byte[1]), condition, Cancellation.never()));
        }
    }

    @Test
    void teachesHowToNameAStore() {
        for (String url : List.of("", "nonsense", "/var/lib", "ftp://x", "file:", "file://host/dir")) {
            assertCode(Code.INVALID, () -> ObjectStores.open(url));
        }
    }

    @Test
    void refusesAPlaceThatIsNoDirectory() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[1]);
        assertCode(Code.DENIED, () -> ObjectStores.open("file:" + file));
        assertCode(Code.DENIED, () -> ObjectStores.open("file:" + file + "/below"));
    }
}
