@NullMarked
package org.pollen.libp2p;

import org.jspecify.annotations.NullMarked;
