/// Signalling: a peer asks another, through a relay that both are connected to, to open a hole in
/// its NAT; signed by who asks and by who passes it on, limited at each step, and without an
/// address in any message.
///
/// Three roles, each a state machine: [SignalRequester] (A) asks, [SignalRelay] (S) checks and
/// passes on, [SignalTarget] (B) checks again and has [PunchEngine] send packets to the addresses
/// it knows of A by itself. [GossipSignals] judges requests that travel as gossip instead. What a
/// role lets through is decided by [SignalGovernor] (token buckets and proof of work),
/// [ReplayCache] and [Standing] (scores and bans), which the roles of a node share: [Signalling]
/// puts them together.
///
/// One thread owns all of it. Time comes with each call as an [Instants]: nanoseconds of a
/// monotonic clock for limits and timers, milliseconds since 1970 for what is signed. Randomness,
/// keys and the check of signatures are injected. Effects leave through [SignalOutput], which must
/// not call back. Nothing a peer sends makes a method throw.
///
/// Source: the specification of signalling, part A; its sections are named as A1 to A14.
@NullMarked
package org.pollen.signalling;

import org.jspecify.annotations.NullMarked;
