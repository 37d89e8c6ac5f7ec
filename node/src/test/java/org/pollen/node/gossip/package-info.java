/// Gossip of several hosts of one process.
@NullMarked
package org.pollen.node.gossip;

import org.jspecify.annotations.NullMarked;
