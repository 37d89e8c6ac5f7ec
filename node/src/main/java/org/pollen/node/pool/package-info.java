/// The pool on its thread, between gossip, JSON-RPC and the chain.
@NullMarked
package org.pollen.node.pool;

import org.jspecify.annotations.NullMarked;
