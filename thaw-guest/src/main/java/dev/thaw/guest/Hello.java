package dev.thaw.guest;

/**
 * The first word of an agent.
 *
 * @param version the protocol's version
 * @param features none in version 1
 * @param kernelRelease what {@code uname -r} says in the guest; written by the guest, so not to be believed
 */
public record Hello(int version, int features, String kernelRelease) {}
