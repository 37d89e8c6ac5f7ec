/// One router between a publisher and subscribers, over real TCP: what a message costs it.
///
/// Source: performance specification 4, scenarios E-1 and E-2.
@NullMarked
package org.pollen.bench.relay;

import org.jspecify.annotations.NullMarked;
