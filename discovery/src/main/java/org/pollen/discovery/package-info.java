/// Discovery by discv5: peers of a network find each other through signed node records that nodes
/// keep for each other, without a server.
///
/// [Discv5] runs the protocol by Consensys' library; [NodeRecords] says what a record means to us:
/// which peer, at which addresses, of which network. Nothing here dials.
///
/// Source: the Node Discovery Protocol v5.1; EIP-778.
@NullMarked
package org.pollen.discovery;

import org.jspecify.annotations.NullMarked;
