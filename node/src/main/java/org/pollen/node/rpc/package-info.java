/// JSON-RPC over HTTP and WebSocket on one port.
///
/// [JsonRpcServer] owns the socket and its rules: hosts, origins, sizes, rates, slow clients.
/// [RpcDispatcher] turns bytes into calls and answers into bytes; it knows no socket. The APIs
/// ([EthApi], [TxPoolApi], [NetApi], [DevApi]) register their methods in an [RpcMethods], one per
/// listener, so a method that was not registered there does not exist for its clients. They read a
/// [org.pollen.node.chain.ChainSource] and a [PoolAccess] and own no state but filters and
/// subscriptions; every list of theirs has a limit.
///
/// Units: wei and gas as the chain has them; sizes in bytes; times in nanoseconds of a monotonic
/// clock. Source: operations.md 6 and 7, mempool.md 10.
@NullMarked
package org.pollen.node.rpc;

import org.jspecify.annotations.NullMarked;
