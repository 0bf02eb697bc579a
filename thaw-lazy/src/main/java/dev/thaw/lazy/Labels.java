package dev.thaw.lazy;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Policies as users write them: {@code working-set}. */
final class Labels {
    private Labels() {}

    static String of(Enum<?> policy) {
        return policy.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** @throws IllegalArgumentException that names what there is */
    static <E extends Enum<E>> E parse(E[] policies, String text) {
        return Arrays.stream(policies)
                .filter(one -> of(one).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is none of "
                        + Arrays.stream(policies).map(Labels::of).collect(Collectors.joining(", ")) + "."));
    }
}
