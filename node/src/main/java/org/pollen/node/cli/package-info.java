/// The command line: what a person types, and what they are told when it cannot be done.
///
/// Data goes to standard output, everything else to standard error. Exit codes: operations.md 3.
@NullMarked
package org.pollen.node.cli;

import org.jspecify.annotations.NullMarked;
