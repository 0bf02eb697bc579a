package dev.thaw.load.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thaw.load.plan.Phase;
import dev.thaw.load.run.StubServer.Behaviour;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens when there are as many connections as there may be. */
@Timeout(60)
class Http1InvokerTest {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final BlockingQueue<Exchange> ended = new LinkedBlockingQueue<>();

    @AfterEach
    void stop() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void requestsWaitForAConnectionAndNoneIsLost() throws InterruptedException {
        try (StubServer server = new StubServer(i -> i % 5 == 0 ? Behaviour.CLOSE : Behaviour.ANSWER)) {
            Http1Invoker invoker = invoker(Duration.ofSeconds(30), 3);

            sendAtOnce(invoker, 100, server);

            List<Exchange> all = take(100);
            assertThat(outcomes(all)).isEqualTo(Map.of(Outcome.OK, 80L, Outcome.CLOSED, 20L));
            assertThat(server.mostOpen()).isLessThanOrEqualTo(3);
            assertThat(all).allMatch(exchange -> exchange.connectNanos() <= exchange.responseNanos());
            close(invoker);
        }
    }

    @Test
    void anIdleConnectionMakesRoomForOneToAnotherServer() throws InterruptedException {
        try (StubServer one = new StubServer(i -> Behaviour.ANSWER);
                StubServer other = new StubServer(i -> Behaviour.ANSWER)) {
            Http1Invoker invoker = invoker(Duration.ofSeconds(30), 1);

            for (StubServer server : List.of(one, other, one)) {
                sendAtOnce(invoker, 2, server);
                assertThat(outcomes(take(2))).isEqualTo(Map.of(Outcome.OK, 2L));
            }
            close(invoker);
        }
    }

    @Test
    void whoGetsNoConnectionInTimeIsToldWhy() throws InterruptedException {
        try (StubServer server = new StubServer(i -> Behaviour.STALL)) {
            Http1Invoker invoker = invoker(Duration.ofSeconds(1), 1);

            sendAtOnce(invoker, 2, server);

            Exchange late = take(1).getFirst();
            assertThat(late.outcome()).isEqualTo(Outcome.CONNECT);
            assertThat(late.error())
                    .startsWith("no connection within 1 s; 1 connections are open")
                    .endsWith("ulimit -n");
            close(invoker);
            assertThat(take(1).getFirst().outcome()).isEqualTo(Outcome.CLOSED);
        }
    }

    private Http1Invoker invoker(Duration connectionTimeout, int mostConnections) {
        return new Http1Invoker(loop, connectionTimeout, Duration.ofSeconds(30), mostConnections);
    }

    private void close(Http1Invoker invoker) {
        loop.submit(invoker::close).syncUninterruptibly();
    }

    private void sendAtOnce(Http1Invoker invoker, int requests, StubServer server) {
        Target target = Target.parse(server.url());
        loop.submit(() -> {
                    for (int i = 0; i < requests; i++) {
                        Exchange exchange =
                                new Exchange(new Invocation("f", target, "", Phase.EXECUTION, 0, 1, 1), ended::add);
                        exchange.started();
                        invoker.invoke(exchange);
                    }
                })
                .syncUninterruptibly();
    }

    private List<Exchange> take(int count) throws InterruptedException {
        List<Exchange> all = new ArrayList<>();
        while (all.size() < count) {
            all.add(ended.take());
        }
        return all;
    }

    private static Map<Outcome, Long> outcomes(List<Exchange> exchanges) {
        return exchanges.stream()
                .collect(Collectors.groupingBy(Exchange::outcome, TreeMap::new, Collectors.counting()));
    }
}
