/// The wire of blob transactions, between hosts on loopback.
@NullMarked
package org.pollen.node.blobs;

import org.jspecify.annotations.NullMarked;
