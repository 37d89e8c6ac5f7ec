@NullMarked
package org.pollen.mempool;

import org.jspecify.annotations.NullMarked;
