/// A deterministic discrete-event simulator that runs the real router and the real scores.
///
/// A [Simulation] owns the virtual clock, partitions of peers and their events; an [Actor] is one
/// peer and is touched only by the partition it belongs to. Honest peers ([HonestPeer]) are the
/// same `GossipRouter` and `ScoreEngine` as in a node; attackers are small actors of their own.
/// Time is nanoseconds from zero. The result is a function of the scenario and the seed: the order
/// of events at a peer does not depend on threads or partitions. Wall clock is read only to say how
/// fast a run was.
///
/// Source: simulator specification.
@NullMarked
package org.pollen.simulator;

import org.jspecify.annotations.NullMarked;
