package dev.thaw.kubernetes.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Small line plots. */
final class SvgPlot {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 360;
    private static final int LEFT = 60;
    private static final int BOTTOM = 40;
    private static final int TOP = 40;
    private static final List<String> COLOURS = List.of("#0b7a75", "#d1495b", "#edae49", "#30638e");
    private static final double[] TAIL = {0, 0.5, 0.9, 0.95, 0.99, 0.999};

    private SvgPlot() {}

    /** Percentiles, with the tail stretched: each nine is as wide as the one before. */
    static String tail(String title, Map<String, double[]> series) {
        StringBuilder svg = begin(title);
        double top = series.values().stream()
                .mapToDouble(values -> percentile(values, 0.999))
                .max()
                .orElse(1);
        double span = nines(TAIL[TAIL.length - 1]);
        for (double share : TAIL) {
            tick(svg, nines(share) / span, share == 0 ? "0" : "p" + trim(share * 100));
        }
        scale(svg, 0, top);
        int at = 0;
        for (var line : series.entrySet()) {
            StringBuilder points = new StringBuilder();
            for (double nines = 0; nines <= span; nines += span / 300) {
                point(points, nines / span, percentile(line.getValue(), 1 - Math.pow(10, -nines)) / top);
            }
            draw(svg, line.getKey(), points, at++);
        }
        return svg.append("</svg>\n").toString();
    }

    /** Values in order, from 1 upwards. */
    static String lines(String title, Map<String, double[]> series) {
        StringBuilder svg = begin(title);
        double top =
                series.values().stream().flatMapToDouble(Arrays::stream).max().orElse(2);
        int length =
                series.values().stream().mapToInt(values -> values.length).max().orElse(1);
        for (int i = 0; i <= 4; i++) {
            tick(svg, i / 4.0, Integer.toString(length * i / 4));
        }
        scale(svg, 1, top);
        int at = 0;
        for (var line : series.entrySet()) {
            StringBuilder points = new StringBuilder();
            for (int i = 0; i < line.getValue().length; i++) {
                point(points, (double) i / length, (line.getValue()[i] - 1) / (top - 1));
            }
            draw(svg, line.getKey(), points, at++);
        }
        return svg.append("</svg>\n").toString();
    }

    private static double nines(double share) {
        return -Math.log10(1 - share);
    }

    private static double percentile(double[] ascending, double share) {
        return ascending.length == 0 ? 0 : ascending[(int) Math.min(ascending.length - 1, share * ascending.length)];
    }

    private static StringBuilder begin(String title) {
        return new StringBuilder(
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                                .formatted(WIDTH, HEIGHT))
                .append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n")
                .append("<text x=\"%d\" y=\"20\" font-size=\"14\">%s</text>%n".formatted(LEFT, title));
    }

    private static void tick(StringBuilder svg, double x, String label) {
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n", x(x), HEIGHT - 15, label));
    }

    private static void scale(StringBuilder svg, double from, double to) {
        for (int i = 0; i <= 4; i++) {
            double y = i / 4.0;
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>%n",
                    LEFT,
                    WIDTH - 10,
                    y(y),
                    y(y)));
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
                    LEFT - 6,
                    y(y) + 4,
                    trim(from + (to - from) * y)));
        }
    }

    private static void point(StringBuilder points, double x, double y) {
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(x), y(y)));
    }

    private static void draw(StringBuilder svg, String name, StringBuilder points, int at) {
        String colour = COLOURS.get(at % COLOURS.size());
        svg.append("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" points=\"%s\"/>%n"
                .formatted(colour, points.toString().strip()));
        svg.append(
                "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n".formatted(LEFT + 12 + 150 * at, TOP, colour, name));
    }

    private static double x(double share) {
        return LEFT + share * (WIDTH - LEFT - 20);
    }

    private static double y(double share) {
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP - 15);
    }

    private static String trim(double value) {
        String text = String.format(Locale.ROOT, value >= 100 ? "%.0f" : "%.2f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }
}
