/// The same network twice: real nodes over loopback TCP and the simulator, measured by the same
/// events of their routers.
///
/// Source: simulator specification 7.1.
@NullMarked
package org.pollen.node.twin;

import org.jspecify.annotations.NullMarked;
