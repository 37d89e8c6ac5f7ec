/// The local network of `./pollen devnet`: many complete nodes in one process on one embedded
/// chain, and the load that keeps them busy.
///
/// Source: operations.md 2.
@NullMarked
package org.pollen.node.devnet;

import org.jspecify.annotations.NullMarked;
