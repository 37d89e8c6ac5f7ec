/// How nodes tell each other of blob transactions and fetch them: the wire below the policy of
/// `org.pollen.mempool.fetch`.
///
/// Two protocols. On `/pollen/blobs/announce/1.0.0` whoever opened the stream writes announcements
/// for as long as the connection lives; on `/pollen/blobs/fetch/1.0.0` it writes one request, and
/// the other side answers with transactions, one message each, and ends the stream.
///
/// Bytes are framed and bounded on the connection's event loop, proofs are verified on the
/// validation workers, and everything else belongs to the pool's thread. Source: mempool.md 8.2 and
/// 8.3; ADR 84.
@NullMarked
package org.pollen.node.blobs;

import org.jspecify.annotations.NullMarked;
