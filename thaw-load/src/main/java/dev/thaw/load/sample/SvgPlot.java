package dev.thaw.load.sample;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A plot of lines over a logarithmic axis, as an SVG document. */
final class SvgPlot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 420;
    private static final int LEFT = 70;
    private static final int RIGHT = 170;
    private static final int TOP = 40;
    private static final int BOTTOM = 50;

    /** More points than pixels show nothing more. */
    private static final int MAX_POINTS = 600;

    private static final List<String> COLOURS =
            List.of("#1b1b1b", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c00");

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final List<Line> lines = new ArrayList<>();

    @SuppressWarnings("ArrayRecordComponent") // Private, and never compared.
    private record Line(String name, double[] x, double[] y) {}

    SvgPlot(String title, String xLabel, String yLabel) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
    }

    /** Adds a line through points with x above 0, in order of x. */
    void line(String name, double[] x, double[] y) {
        lines.add(new Line(name, x.clone(), y.clone()));
    }

    String toSvg() {
        double least = lines.stream().mapToDouble(line -> line.x[0]).min().orElse(1);
        double most = lines.stream()
                .mapToDouble(line -> line.x[line.x.length - 1])
                .max()
                .orElse(10);
        int firstDecade = (int) Math.floor(Math.log10(least));
        int lastDecade = Math.max(firstDecade + 1, (int) Math.ceil(Math.log10(most)));
        double top = lines.stream()
                .flatMapToDouble(line -> Arrays.stream(line.y))
                .max()
                .orElse(1);
        double yMost = top > 0 ? top : 1;

        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">",
                WIDTH,
                HEIGHT);
        add(svg, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, HEIGHT);
        add(svg, "<text x=\"%d\" y=\"24\" font-size=\"15\">%s</text>", LEFT, escaped(title));
        for (int decade = firstDecade; decade <= lastDecade; decade++) {
            double x = xOf(Math.pow(10, decade), firstDecade, lastDecade);
            add(
                    svg,
                    "<line x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\" stroke=\"#dddddd\"/>",
                    x,
                    TOP,
                    HEIGHT - BOTTOM);
            add(svg, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">1e%d</text>", x, HEIGHT - BOTTOM + 16, decade);
        }
        for (int step = 0; step <= 5; step++) {
            double value = yMost * step / 5;
            double y = yOf(value, yMost);
            add(
                    svg,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%3$.1f\" y2=\"%3$.1f\" stroke=\"#dddddd\"/>",
                    LEFT,
                    WIDTH - RIGHT,
                    y);
            add(svg, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>", LEFT - 6, y + 4, value);
        }
        add(
                svg,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 12,
                escaped(xLabel));
        add(
                svg,
                "<text x=\"16\" y=\"%1$d\" text-anchor=\"middle\" transform=\"rotate(-90 16 %1$d)\">%2$s</text>",
                (TOP + HEIGHT - BOTTOM) / 2,
                escaped(yLabel));
        for (int i = 0; i < lines.size(); i++) {
            drawLine(svg, i, firstDecade, lastDecade, yMost);
        }
        return svg.append("</svg>\n").toString();
    }

    private void drawLine(StringBuilder svg, int index, int firstDecade, int lastDecade, double yMost) {
        Line line = lines.get(index);
        String colour = COLOURS.get(index % COLOURS.size());
        StringBuilder points = new StringBuilder();
        int step = Math.max(1, line.x.length / MAX_POINTS);
        for (int i = 0; i < line.x.length; i += step) {
            int at = i + step >= line.x.length ? line.x.length - 1 : i;
            points.append(String.format(
                    Locale.ROOT, "%.1f,%.1f ", xOf(line.x[at], firstDecade, lastDecade), yOf(line.y[at], yMost)));
        }
        add(
                svg,
                "<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"%s\" points=\"%s\"/>",
                colour,
                points.toString().strip());
        int y = TOP + 16 * index;
        add(svg, "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"3\" fill=\"%s\"/>", WIDTH - RIGHT + 12, y, colour);
        add(svg, "<text x=\"%d\" y=\"%d\">%s</text>", WIDTH - RIGHT + 30, y + 5, escaped(line.name));
    }

    private static double xOf(double value, int firstDecade, int lastDecade) {
        double share = (Math.log10(value) - firstDecade) / (lastDecade - firstDecade);
        return LEFT + share * (WIDTH - LEFT - RIGHT);
    }

    private static double yOf(double value, double most) {
        return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM);
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
