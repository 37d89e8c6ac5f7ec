/// Files of a node: keys, locks, journals. What was acknowledged is on the disk before it is said.
@NullMarked
package org.pollen.node.store;

import org.jspecify.annotations.NullMarked;
