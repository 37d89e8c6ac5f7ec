/// A chain that another client follows: its JSON-RPC as a [org.pollen.node.chain.ChainSource].
///
/// [ChainFollower] is the core: one thread owns it, time comes as an argument, and what it wants to
/// know goes out through [ChainClient] and comes back on the same thread, so that the tests run it
/// on a chain of their own and a clock of their own. [BlockReader] and [AccountReads] turn what the
/// client says into values, and refuse what does not fit; [BlockTree] and [AccountCache] hold what
/// was learned, for every thread to read. [RemoteChain] puts these on a thread and on real sockets.
///
/// The client is believed where it cannot be checked (the balance of an account), and nowhere else:
/// every answer is bounded in size, and a block has to have the hash, the height and the parent
/// that it was asked for. Source: operations.md 4 and 7; mempool.md 6; decision record 85.
@NullMarked
package org.pollen.node.chain.remote;

import org.jspecify.annotations.NullMarked;
