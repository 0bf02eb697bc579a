package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real kernel; whatever reads is another process. */
class LazyMountIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final long seed = Long.getLong("thaw.seed", new Random().nextLong());
    private final byte[] bytes = new byte[3 * 1024 * 1024 + 1234];
    private Leaks before = new Leaks(Path.of(""), 0, 0, 0);

    @BeforeEach
    void begin() throws IOException {
        System.out.println("thaw.seed=" + seed);
        new Random(seed).nextBytes(bytes);
        before = Leaks.now(directory);
    }

    @AfterEach
    void nothingIsLeft() {
        before.assertNoneSince();
        assertThat(directory.resolve("m")).doesNotExist();
    }

    private LazyMountSettings settings() {
        return LazyMountSettings.forMemory(directory.resolve("m"), directory.resolve("bin"))
                .withPatience(Duration.ofSeconds(60), Duration.ofMillis(200), Duration.ofSeconds(60));
    }

    private long crc(long offset, int length) {
        return ReaderMain.crc(ByteBuffer.wrap(bytes, (int) offset, length));
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var out = process.getInputStream()) {
            String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return process.exitValue() + " " + text.strip();
        }
    }

    @Test
    void whatIsReadIsWhatTheSourceHas() throws Exception {
        Path copy = Files.write(directory.resolve("copy"), bytes);
        try (LazyMount mount = LazyMount.open(settings());
                LazyFile file = mount.add("image", new MemoryImageSource(bytes))) {
            assertThat(run("cmp", file.path().toString(), copy.toString())).isEqualTo("0 ");
            assertThat(file.touches().failed()).isZero();
            assertThat(file.touches().touchedBlocks()).isEqualTo((bytes.length + 4095) / 4096);
            assertThat(file.touches().reads()).isEqualTo(file.touches().answeredAtOnce());
        }
    }

    @Test
    void randomRangesByReadingAndByMapping() throws Exception {
        Path copy = Files.write(directory.resolve("copy"), bytes);
        for (int readAhead : new int[] {0, 64 << 10, 1 << 20}) {
            try (LazyMount mount = LazyMount.open(settings().withReadAhead(readAhead));
                    LazyFile file = mount.add("image", new MemoryImageSource(bytes));
                    LazyFile second = mount.add("second", new MemoryImageSource(bytes));
                    ChildJvm child = ChildJvm.reader()) {
                child.ask("open " + copy);
                child.ask("open " + file.path());
                child.ask("open " + second.path());
                String expected = child.ask("random " + copy + " " + seed + " 100 read");
                assertThat(child.ask("random " + file.path() + " " + seed + " 100 read"))
                        .isEqualTo(expected);
                assertThat(child.ask("random " + second.path() + " " + seed + " 100 map"))
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void readingPastThePageCacheGetsUnalignedRanges() throws Exception {
        Path out = directory.resolve("out");
        try (LazyMount mount = LazyMount.open(settings());
                LazyFile file = mount.add("image", new MemoryImageSource(bytes))) {
            assertThat(run(
                            "dd",
                            "if=" + file.path(),
                            "of=" + out,
                            "iflag=direct",
                            "bs=5000",
                            "skip=3",
                            "count=7",
                            "status=none"))
                    .isEqualTo("0 ");
            assertThat(Files.readAllBytes(out)).isEqualTo(Arrays.copyOfRange(bytes, 15_000, 50_000));
        }
    }

    @Test
    void withoutReadaheadOnlyWhatIsWantedIsRead() throws Exception {
        LazyMountSettings settings = LazyMountSettings.forRecording(directory.resolve("m"), directory.resolve("bin"));
        try (LazyMount mount = LazyMount.open(settings);
                LazyFile file = mount.add("image", new MemoryImageSource(bytes));
                ChildJvm child = ChildJvm.reader()) {
            child.ask("open " + file.path());
            for (int block : new int[] {700, 3, 4, 99, 3}) {
                assertThat(child.ask("map " + file.path() + " " + block * 4096L + " 4096"))
                        .isEqualTo(String.valueOf(crc(block * 4096L, 4096)));
            }
            assertThat(file.touches().order()).containsExactly(700, 3, 4, 99);
            assertThat(file.touches().latencies().getTotalCount()).isEqualTo(4);
        }
    }

    @Test
    void aSlowBlockDelaysNobodyElse() throws Exception {
        MemoryImageSource source = new MemoryImageSource(Arrays.copyOf(bytes, 2 << 20));
        try (var scheduler = Executors.newScheduledThreadPool(2);
                LazyMount mount = LazyMount.open(settings().withReadAhead(0));
                LazyFile file = mount.add("image", source.slow(Duration.ofMillis(1), scheduler));
                ChildJvm child = ChildJvm.reader()) {
            source.hold(0, 4096);
            child.ask("open " + file.path());
            child.send("spread " + file.path() + " 32");
            for (int i = 0; i < 31; i++) {
                assertThat(child.receive()).startsWith("thread ").isNotEqualTo("thread 0");
            }
            assertThat(source.heldReads()).isEqualTo(1);
            source.release();
            assertThat(child.receive()).isEqualTo("thread 0");
            long expected = 0;
            for (int at = 0; at < 2 << 20; at += 4096) {
                expected += crc(at, 4096);
            }
            assertThat(child.receive()).isEqualTo("sum " + expected);
            assertThat(file.touches().answeredAfterWaiting()).isEqualTo(512);
        }
    }

    @Test
    void whatCannotBeHadIsAnErrorAndNothingElseIs() throws Exception {
        MemoryImageSource source = new MemoryImageSource(bytes).fail(1 << 20, (1 << 20) + 4096);
        try (LazyMount mount = LazyMount.open(settings().withReadAhead(0));
                LazyFile file = mount.add("image", source);
                ChildJvm child = ChildJvm.reader()) {
            child.ask("open " + file.path());
            assertThat(child.ask("read " + file.path() + " " + (1 << 20) + " 4096"))
                    .contains("Input/output error");
            assertThat(child.ask("map " + file.path() + " " + (1 << 20) + " 4096"))
                    .isEqualTo("error fault");
            assertThat(child.ask("read " + file.path() + " " + (2 << 20) + " 4096"))
                    .isEqualTo(String.valueOf(crc(2 << 20, 4096)));
            assertThat(file.touches().failed()).isGreaterThanOrEqualTo(2);
        }
    }

    /** Whoever reads by reading or by mapping is known, so that it can be ended. */
    @Test
    void aFailedReadTellsWhoRead() throws Exception {
        BlockingQueue<FailedRead> failed = new LinkedBlockingQueue<>();
        MemoryImageSource source = new MemoryImageSource(bytes).fail(8192, 16384);
        try (LazyMount mount = LazyMount.open(settings().withReadAhead(0));
                LazyFile file = mount.add("image", source);
                ChildJvm child = ChildJvm.reader()) {
            mount.onFailedRead(failed::add);
            child.ask("open " + file.path());
            for (String how : List.of("read " + file.path() + " 8192 4096", "map " + file.path() + " 12288 4096")) {
                assertThat(child.ask(how)).startsWith("error");
                assertThat(failed).isNotEmpty().allSatisfy(read -> {
                    assertThat(read.file()).isEqualTo("image");
                    assertThat(read.process()).isEqualTo(child.pid());
                    assertThat(read.reason()).isEqualTo("told to fail");
                });
                failed.clear();
            }
        }
    }

    @Test
    void aSourceThatForgetsIsNotWaitedForForEver() throws Exception {
        MemoryImageSource source = new MemoryImageSource(bytes).hold(0, 4096);
        LazyMountSettings settings =
                settings().withPatience(Duration.ofMillis(300), Duration.ofMillis(200), Duration.ofSeconds(60));
        try (LazyMount mount = LazyMount.open(settings);
                LazyFile file = mount.add("image", source)) {
            assertThat(run("head", "-c", "1", file.path().toString()))
                    .startsWith("1 ")
                    .contains("Input/output error");
            source.release(); // too late, and harmless
            assertThat(file.touches().failed()).isPositive();
        }
    }

    @Test
    void pushedBytesAreNotAskedFor() throws Exception {
        try (LazyMount mount = LazyMount.open(settings().withReadAhead(0));
                LazyFile file = mount.add("image", new MemoryImageSource(bytes));
                ChildJvm child = ChildJvm.reader()) {
            assertThat(file.push(8192, MemorySegment.ofArray(bytes).asSlice(8192, 1 << 20))
                            .get())
                    .isEqualTo(1 << 20);
            int tail = bytes.length / 4096 * 4096;
            assertThat(file.push(tail, MemorySegment.ofArray(bytes).asSlice(tail))
                            .get())
                    .isEqualTo(bytes.length - tail);
            child.ask("open " + file.path());
            assertThat(child.ask("map " + file.path() + " 8192 " + (1 << 20)))
                    .isEqualTo(String.valueOf(crc(8192, 1 << 20)));
            assertThat(child.ask("read " + file.path() + " " + tail + " " + (bytes.length - tail)))
                    .isEqualTo(String.valueOf(crc(tail, bytes.length - tail)));
            assertThat(file.touches().reads()).isZero();
            assertThat(child.ask("read " + file.path() + " 0 4096")).isEqualTo(String.valueOf(crc(0, 4096)));
            assertThat(file.touches().order()).containsExactly(0);
            assertThat(file.pushedBytes()).isEqualTo((1 << 20) + bytes.length - tail);
            assertThatThrownBy(() -> file.push(100, MemorySegment.ofArray(bytes)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aPushLeavesOutWhatIsBeingRead() throws Exception {
        MemoryImageSource source = new MemoryImageSource(bytes).hold(64 << 10, (64 << 10) + 1);
        try (LazyMount mount = LazyMount.open(settings().withReadAhead(0));
                LazyFile file = mount.add("image", source);
                ChildJvm child = ChildJvm.reader()) {
            child.ask("open " + file.path());
            child.send("read " + file.path() + " " + (64 << 10) + " 4096");
            await().atMost(SOON).until(() -> source.heldReads() == 1);
            assertThat(file.push(0, MemorySegment.ofArray(bytes).asSlice(0, 256 << 10))
                            .get())
                    .isEqualTo((256 << 10) - 4096);
            assertThat(file.skippedBytes()).isEqualTo(4096);
            source.release();
            assertThat(child.receive()).isEqualTo(String.valueOf(crc(64 << 10, 4096)));
            assertThat(child.ask("read " + file.path() + " 0 " + (256 << 10)))
                    .isEqualTo(String.valueOf(crc(0, 256 << 10)));
            assertThat(file.touches().reads()).isEqualTo(1);
        }
    }

    /** Opens and look-ups wait for each other in the kernel: none may wait for a virtual thread that has no carrier. */
    @Test
    void manyFilesComeAndGoAtOnce() throws Exception {
        int threads = 64;
        int files = 50;
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
                LazyMount mount = LazyMount.open(settings())) {
            List<Future<Boolean>> done = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                String name = "image-" + thread + "-";
                done.add(virtual.submit(() -> {
                    for (int i = 0; i < files; i++) {
                        mount.add(name + i, new MemoryImageSource(new byte[1])).close();
                    }
                    return true;
                }));
            }
            for (Future<Boolean> one : done) {
                assertThat(one.get(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
            }
            await().atMost(SOON).until(() -> mount.files().isEmpty());
        }
    }

    @Test
    void pushesOvertakeWhoReads() throws Exception {
        try (LazyMount mount = LazyMount.open(settings().withReadAhead(0));
                LazyFile file = mount.add("image", new MemoryImageSource(bytes));
                ChildJvm child = ChildJvm.reader()) {
            child.ask("open " + file.path());
            child.ask("read " + file.path() + " 8192 4096");
            byte[] others = new byte[16 << 10];
            assertThat(file.push(0, MemorySegment.ofArray(others), file.touches()::isTouched)
                            .get())
                    .isEqualTo(others.length);
            System.arraycopy(bytes, 8192, others, 8192, 4096);
            assertThat(child.ask("read " + file.path() + " 0 " + others.length))
                    .as("the block that had been read, among others that were pushed")
                    .isEqualTo(String.valueOf(ReaderMain.crc(ByteBuffer.wrap(others))));
            assertThat(file.push(0, MemorySegment.ofArray(new byte[16 << 10])).get())
                    .isEqualTo(others.length);
            assertThat(child.ask("read " + file.path() + " 8192 4096"))
                    .isEqualTo(String.valueOf(ReaderMain.crc(ByteBuffer.wrap(new byte[4096]))));
            assertThat(file.touches().reads()).isEqualTo(1);
        }
    }

    @Test
    void thePageCacheOutlastsOpeners() throws Exception {
        try (LazyMount mount = LazyMount.open(settings());
                LazyFile file = mount.add("image", new MemoryImageSource(bytes))) {
            assertThat(run("cp", file.path().toString(), "/dev/null")).isEqualTo("0 ");
            assertThat(run("wc", "-c", file.path().toString())).startsWith("0 " + bytes.length);
            long reads = file.touches().reads();
            assertThat(reads).isPositive();
            assertThat(run("cksum", file.path().toString())).startsWith("0 ");
            assertThat(file.touches().reads()).isEqualTo(reads);
        }
    }

    @Test
    void aClosedFileServesItsOpenersAndThenGoes() throws Exception {
        MemoryImageSource source = new MemoryImageSource(bytes);
        try (LazyMount mount = LazyMount.open(settings());
                ChildJvm child = ChildJvm.reader()) {
            LazyFile file = mount.add("image", source);
            assertThatThrownBy(() -> mount.add("image", source))
                    .isInstanceOfSatisfying(
                            LazyException.class, e -> assertThat(e.code()).isEqualTo(LazyException.Code.NAME_TAKEN));
            child.ask("open " + file.path());
            file.close();
            await().atMost(SOON).until(() -> run("cat", file.path().toString()).contains("No such file"));
            assertThat(child.ask("read " + file.path() + " 0 4096")).isEqualTo(String.valueOf(crc(0, 4096)));
            assertThat(source.closed()).isFalse();

            byte[] other = {1, 2, 3};
            LazyFile next = mount.add("image", new MemoryImageSource(other));
            assertThat(run("od", "-An", "-tu1", next.path().toString())).isEqualTo("0 1   2   3");
            assertThat(child.ask("read " + file.path() + " 8192 4096")).isEqualTo(String.valueOf(crc(8192, 4096)));

            child.ask("close " + file.path());
            file.gone().get(20, TimeUnit.SECONDS);
            assertThat(source.closed()).isTrue();
            assertThat(mount.files()).containsExactly(next);
            next.close();
            next.gone().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void closingUnderReadersEndsThemWithErrors() throws Exception {
        MemoryImageSource source = new MemoryImageSource(bytes).hold(0, 4096);
        LazyMount mount = LazyMount.open(settings());
        LazyFile file = mount.add("image", source);
        try (ChildJvm child = ChildJvm.reader();
                ChildJvm idle = ChildJvm.reader()) {
            child.ask("open " + file.path());
            idle.ask("open " + file.path());
            child.send("read " + file.path() + " 0 4096");
            await().atMost(SOON).until(() -> source.heldReads() == 1);
            mount.close();
            assertThat(child.receive()).startsWith("error ");
            assertThat(idle.ask("read " + file.path() + " 8192 4096")).startsWith("error ");
            assertThat(source.closed()).isTrue();
        }
        assertThatThrownBy(() -> mount.add("late", source)).isInstanceOf(LazyException.class);
    }

    @Test
    void onlyThisUserOpensAndAnybodyReadsWhatIsHandedOver() throws Exception {
        try (LazyMount mount = LazyMount.open(settings());
                LazyFile file = mount.add("image", new MemoryImageSource(bytes))) {
            Files.setPosixFilePermissions(
                    directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
            String drop = "setpriv --reuid 65534 --regid 65534 --clear-groups ";
            assertThat(run("sh", "-c", drop + "cat " + file.path())).contains("Permission denied");
            assertThat(run("sh", "-c", drop + "stat -L -c %s /proc/self/fd/0 < " + file.path()))
                    .isEqualTo("0 " + bytes.length);
            assertThat(run("sh", "-c", drop + "cksum < " + file.path())).startsWith("0 ");
            assertThat(run("sh", "-c", "echo x > " + file.path())).contains("Read-only file system");
        }
    }
}
