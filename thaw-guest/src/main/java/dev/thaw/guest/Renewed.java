package dev.thaw.guest;

import java.time.Instant;

/**
 * The guest is itself again.
 *
 * @param guestClock the guest's wall clock when it had renewed itself
 */
public record Renewed(Instant guestClock) {}
