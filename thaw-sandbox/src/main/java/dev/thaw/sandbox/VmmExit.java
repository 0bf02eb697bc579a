package dev.thaw.sandbox;

/** How a VMM's process ended: {@code ended exit 1} or {@code ended signal 9}, and the last that it said. */
record VmmExit(String how, String said) {
    String text() {
        return "the VMM " + how + (said.isBlank() ? "" : ", saying: " + said.strip());
    }
}
