package dev.thaw.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.lazy.TouchRecorder.Outcome;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TouchRecorderTest {
    @Test
    void eachBlockOnceInTheOrderOfItsFirstTouch() {
        TouchRecorder recorder = new TouchRecorder(300 * 4096 + 1);
        recorder.touched(8192, 4096);
        recorder.touched(4096, 12_288);
        recorder.touched(300 * 4096, 1);
        recorder.touched(4095, 1);
        assertThat(recorder.order()).containsExactly(2, 1, 3, 300, 0);
        assertThat(recorder.touchedBlocks()).isEqualTo(5);
    }

    @Test
    void aReadBeyondTheEndTouchesWhatThereIs() {
        TouchRecorder recorder = new TouchRecorder(4096);
        recorder.touched(0, 1 << 20);
        assertThat(recorder.order()).containsExactly(0);
    }

    @Test
    void manyThreads() throws InterruptedException {
        int blocks = 10_000;
        TouchRecorder recorder = new TouchRecorder(blocks * 4096L);
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            int from = t * blocks / 8;
            threads[t] = Thread.ofPlatform()
                    .start(() -> IntStream.range(from, from + blocks / 2 + blocks / 8)
                            .forEach(block -> recorder.touched(block * 4096L, 4096)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        int[] order = recorder.order();
        Arrays.sort(order);
        assertThat(order).isEqualTo(IntStream.range(0, blocks).toArray());
    }

    @Test
    void readsByKind() {
        TouchRecorder recorder = new TouchRecorder(1 << 20);
        recorder.ended(Outcome.AT_ONCE, 4096, 30_000);
        recorder.ended(Outcome.WAITED, 8192, 20_000_000);
        recorder.ended(Outcome.FAILED, 4096, -1);
        assertThat(recorder.answeredAtOnce()).isEqualTo(1);
        assertThat(recorder.answeredAfterWaiting()).isEqualTo(1);
        assertThat(recorder.failed()).isEqualTo(1);
        assertThat(recorder.reads()).isEqualTo(3);
        assertThat(recorder.bytesRead()).isEqualTo(12_288);
        assertThat(recorder.latencies().getTotalCount()).isEqualTo(3);
        assertThat(recorder.latencies().getMaxValue()).isBetween(19_800_000L, 20_300_000L);
    }
}
