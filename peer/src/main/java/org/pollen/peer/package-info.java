/// Identities and addresses: everything about a peer that has a form in bytes.
///
/// Decoders read what strangers wrote. They check every length against a limit before they
/// allocate, and fail with [org.pollen.peer.MalformedException] only. No I/O, no state. Source:
/// host.md 2 to 4 and 12.
@NullMarked
package org.pollen.peer;

import org.jspecify.annotations.NullMarked;
