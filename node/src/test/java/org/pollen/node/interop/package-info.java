/// A gossip peer that the checks in `interop/` drive like those of other implementations: commands
/// on standard input, answers on standard output. It is a program, not a test.
@NullMarked
package org.pollen.node.interop;

import org.jspecify.annotations.NullMarked;
