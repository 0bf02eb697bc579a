package dev.thaw.load.trace;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An excerpt of a trace: from a minute on, for some minutes. */
public record TimeWindow(int startMinute, int minutes) {
    private static final Pattern START = Pattern.compile("(\\d{1,3}):(\\d{1,2}):(\\d{1,2})");
    private static final int MINUTES_OF_DAY = 1440;

    public TimeWindow {
        if (startMinute < 0) {
            throw new IllegalArgumentException("startMinute is negative: " + startMinute);
        }
        if (minutes < 1) {
            throw new IllegalArgumentException("An excerpt lasts at least one minute, not " + minutes + ".");
        }
    }

    /**
     * @param start {@code dd:hh:mm}, the first day being 0
     * @throws IllegalArgumentException with a text for the user
     */
    public static TimeWindow parse(String start, int minutes) {
        Matcher matcher = START.matcher(start);
        if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > 23 || Integer.parseInt(matcher.group(3)) > 59) {
            throw new IllegalArgumentException(
                    "Not a start time: '" + start + "'. Write days:hours:minutes, as in 00:09:30; the first day is 0.");
        }
        return new TimeWindow(
                Integer.parseInt(matcher.group(1)) * MINUTES_OF_DAY
                        + Integer.parseInt(matcher.group(2)) * 60
                        + Integer.parseInt(matcher.group(3)),
                minutes);
    }

    public int day() {
        return startMinute / MINUTES_OF_DAY;
    }

    public int minuteOfDay() {
        return startMinute % MINUTES_OF_DAY;
    }

    public int endMinute() {
        return startMinute + minutes;
    }
}
