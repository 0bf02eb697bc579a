package dev.thaw.load.run;

import dev.thaw.load.plan.FunctionPlan;
import dev.thaw.load.plan.InvocationClock;
import dev.thaw.load.plan.Plan;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/** The invocations of all functions in order of time; functions of equal time in the plan's order. */
final class Schedule implements Iterator<Invocation> {
    private final Plan plan;
    private final PriorityQueue<Cursor> queue = new PriorityQueue<>();
    private final List<String> functions = new ArrayList<>();
    private final long size;

    Schedule(Plan plan, Targets targets) {
        this.plan = plan;
        long total = 0;
        for (FunctionPlan function : plan) {
            total += function.invocations();
            if (function.invocations() > 0) {
                queue.add(new Cursor(functions.size(), function, targets.of(function.name())));
            }
            functions.add(function.name());
        }
        size = total;
    }

    /** How many invocations there are in all. */
    long size() {
        return size;
    }

    /** Functions in the plan's order. */
    List<String> functions() {
        return functions;
    }

    @Override
    public boolean hasNext() {
        return !queue.isEmpty();
    }

    @Override
    public Invocation next() {
        Cursor cursor = queue.poll();
        if (cursor == null) {
            throw new NoSuchElementException("The schedule is at its end.");
        }
        Invocation invocation = cursor.invocation();
        if (cursor.advance()) {
            queue.add(cursor);
        }
        return invocation;
    }

    private final class Cursor implements Comparable<Cursor> {
        private final int order;
        private final FunctionPlan function;
        private final Target target;
        private final InvocationClock clock;
        private int index;
        private double atMicros;

        Cursor(int order, FunctionPlan function, Target target) {
            this.order = order;
            this.function = function;
            this.target = target;
            clock = new InvocationClock(function, plan);
            atMicros = function.gapsMicros()[0];
        }

        Invocation invocation() {
            return new Invocation(
                    function.name(),
                    target,
                    clock.id(),
                    clock.phase(),
                    Math.round(atMicros * 1000),
                    function.runtimeMillis()[index],
                    function.memoryMib()[index]);
        }

        boolean advance() {
            index++;
            if (index == function.invocations()) {
                return false;
            }
            clock.advance();
            atMicros += function.gapsMicros()[index];
            return true;
        }

        @Override
        public int compareTo(Cursor other) {
            int byTime = Double.compare(atMicros, other.atMicros);
            return byTime != 0 ? byTime : Integer.compare(order, other.order);
        }
    }
}
