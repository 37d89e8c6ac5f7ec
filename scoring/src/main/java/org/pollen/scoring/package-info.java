/// Peer scoring: what this node thinks of every peer, as one number, and why.
///
/// The score is local and never sent. It rises with first deliveries (P2) and time in the mesh (P1)
/// and falls with missing (P3, P3b) or invalid messages (P4), shared addresses (P6) and bad
/// behaviour (P7); the application may add its own opinion (P5). The router compares it with
/// [PeerScoreThresholds] before it gossips, publishes or listens.
///
/// Peers and topics are dense `int` handles given by the router: this package knows neither
/// identities nor masks. [ScoreEngine] is the only class with state; it belongs to one thread, the
/// router's, and hands out immutable snapshots. Time is a `long` in nanoseconds of a monotonic
/// clock, given with each call; counters and scores are `double`s and are multiplied in tick order,
/// so that the same calls give the same bits on every machine.
///
/// Sources: gossipsub v1.1, "Peer Scoring", and the behaviour of BlossomSub and go-libp2p-pubsub;
/// where we differ on purpose the method says so.
@NullMarked
package org.pollen.scoring;

import org.jspecify.annotations.NullMarked;
