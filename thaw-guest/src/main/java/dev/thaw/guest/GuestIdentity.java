package dev.thaw.guest;

import static java.util.Objects.requireNonNull;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What tells one guest from its clones besides random numbers and the clock.
 *
 * @param hostName 1 to 64 letters, digits, dots and hyphens
 * @param machineId 32 lower-case hex digits, as in machine-id(5)
 * @param bootId a UUID of 36 characters, as in {@code /proc/sys/kernel/random/boot_id}
 */
public record GuestIdentity(String hostName, String machineId, String bootId) {
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?");
    private static final Pattern MACHINE_ID = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern BOOT_ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    public GuestIdentity {
        check("host name", HOST_NAME, requireNonNull(hostName, "hostName is null"));
        check("machine id", MACHINE_ID, requireNonNull(machineId, "machineId is null"));
        check("boot id", BOOT_ID, requireNonNull(bootId, "bootId is null"));
    }

    /** An identity that no other guest has, under the given host name. */
    public static GuestIdentity fresh(String hostName) {
        return new GuestIdentity(
                hostName,
                UUID.randomUUID().toString().replace("-", ""),
                UUID.randomUUID().toString());
    }

    private static void check(String what, Pattern form, String value) {
        if (!form.matcher(value).matches()) {
            throw new IllegalArgumentException("Not a " + what + ": '" + value + "'. It has the form " + form);
        }
    }
}
