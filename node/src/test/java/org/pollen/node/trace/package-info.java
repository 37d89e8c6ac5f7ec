/// Tests of traces.
@NullMarked
package org.pollen.node.trace;

import org.jspecify.annotations.NullMarked;
