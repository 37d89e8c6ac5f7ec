package org.pollen.scoring;

/// An address of a peer, or the subnet around it, and how many peers are there.
///
/// @param address in text; a subnet with its prefix length
/// @param peers how many peers, this one included, connected or retained
/// @param whitelisted whether it never counts
/// @param factor the squared surplus it adds to P6
public record SharedAddress(String address, int peers, boolean whitelisted, double factor) {}
