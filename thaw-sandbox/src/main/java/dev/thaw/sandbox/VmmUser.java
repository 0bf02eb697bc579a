package dev.thaw.sandbox;

/**
 * The user that a VMM runs as.
 *
 * @param uid user and group; of no meaning unless {@code separate}
 * @param separate whether it is another user than the daemon's; only root can do that
 */
record VmmUser(int uid, boolean separate) {}
