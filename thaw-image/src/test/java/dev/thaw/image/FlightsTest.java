package dev.thaw.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thaw.image.ProgressListener.Progress;
import dev.thaw.image.ProgressListener.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlightsTest {
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final Flights<String, Integer> flights = new Flights<>("test");

    @AfterEach
    void close() {
        callers.shutdownNow();
        callers.close();
        flights.close();
    }

    @Test
    void manyWhoAskAtOnceShareOneRun() throws Exception {
        Set<Integer> told = ConcurrentHashMap.newKeySet();
        AtomicInteger runs = new AtomicInteger();
        List<Future<Integer>> results = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int caller = i;
            results.add(callers.submit(() -> flights.run("key", _ -> told.add(caller), listener -> {
                int run = runs.incrementAndGet();
                while (told.size() < 20) {
                    // Each who waits is told; the run ends when all of them are there.
                    listener.onProgress(new Progress(Stage.FETCH, 0, 0));
                    Thread.onSpinWait();
                }
                return run;
            })));
        }
        for (Future<Integer> result : results) {
            assertThat(result.get()).isEqualTo(1);
        }
        assertThat(flights.run("key", ProgressListener.NONE, _ -> runs.incrementAndGet()))
                .isEqualTo(2);
    }

    @Test
    void aFailureReachesAllAndIsNotKept() throws Exception {
        assertThatThrownBy(() -> flights.run("key", ProgressListener.NONE, _ -> {
                    throw new ImageException(ImageException.Kind.CORRUPT, "wrong bytes");
                }))
                .isInstanceOfSatisfying(
                        ImageException.class, it -> assertThat(it.kind()).isEqualTo(ImageException.Kind.CORRUPT))
                .hasMessage("wrong bytes");
        assertThat(flights.run("key", ProgressListener.NONE, _ -> 7)).isEqualTo(7);
    }

    @Test
    void oneWhoStopsWaitingTakesNothingFromTheOthers() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Flights.Work<Integer> work = listener -> {
            while (go.getCount() > 0) {
                listener.onProgress(new Progress(Stage.FETCH, 0, 0));
                Thread.onSpinWait();
            }
            return 5;
        };
        List<CountDownLatch> there = List.of(new CountDownLatch(1), new CountDownLatch(1));
        Future<Integer> leaves =
                callers.submit(() -> flights.run("key", _ -> there.get(0).countDown(), work));
        Future<Integer> stays =
                callers.submit(() -> flights.run("key", _ -> there.get(1).countDown(), work));
        there.get(0).await();
        there.get(1).await();
        leaves.cancel(true);
        go.countDown();
        assertThat(stays.get()).isEqualTo(5);
    }

    @Test
    void aRunThatNobodyWaitsForEndsBeforeTheNextBegins() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        List<String> events = new CopyOnWriteArrayList<>();
        Future<Integer> leaves = callers.submit(() -> flights.run("key", ProgressListener.NONE, _ -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                events.add("interrupted");
                mayEnd.await();
                events.add("ended");
            }
            return 1;
        }));
        begun.await();
        leaves.cancel(true);
        Awaitility.await().until(() -> events.contains("interrupted"));
        Future<Integer> next = callers.submit(() -> flights.run("key", ProgressListener.NONE, _ -> {
            events.add("next");
            return 2;
        }));
        mayEnd.countDown();
        assertThat(next.get()).isEqualTo(2);
        assertThat(events).containsExactly("interrupted", "ended", "next");
        Awaitility.await().until(() -> !flights.isRunning("key"));
    }

    @Test
    void closingEndsWhatRuns() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Future<Integer> result = callers.submit(() -> flights.run("key", ProgressListener.NONE, _ -> {
            begun.countDown();
            new CountDownLatch(1).await();
            return 1;
        }));
        begun.await();
        flights.close();
        assertThatThrownBy(result::get).cause().isInstanceOf(IOException.class).hasMessageContaining("closed");
        assertThatThrownBy(() -> flights.run("other", ProgressListener.NONE, _ -> 1))
                .hasMessageContaining("closed");
    }
}
