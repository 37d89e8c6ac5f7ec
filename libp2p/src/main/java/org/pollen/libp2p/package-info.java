/// The host: it finds a socket for a peer id, secures it, splits it into streams and hands the
/// bytes of each stream to its protocol. TCP, WebSocket, QUIC and relays, multistream-select 1.0,
/// Noise XX and TLS 1.3, Yamux, identify and ping.
///
/// **Threads.** A connection and all its streams live on one event loop of a group that the owner
/// supplies and may share between many hosts; a host starts no thread. Everything a connection
/// calls back (`HostListener`, `StreamHandler`) runs on its loop and must not block. What may be
/// called from anywhere says so. Public-key work of handshakes runs on the loops within a share of
/// their time, and beyond it on a bounded executor, also supplied.
///
/// **Bytes.** Netty's buffers stay inside. The API hands out slices of heap arrays that the garbage
/// collector owns: one array for each decrypted record, never written again.
///
/// **Limits.** Whatever a stranger can make grow has a bound, [Limit] names them, and each refusal
/// is counted under that name.
///
/// Times inside are nanoseconds of the loop's monotonic ticker. Source: libp2p specifications, and
/// what deployed implementations do where they differ.
@NullMarked
package org.pollen.libp2p;

import org.jspecify.annotations.NullMarked;
