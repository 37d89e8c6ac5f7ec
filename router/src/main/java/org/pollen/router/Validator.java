package org.pollen.router;

import java.util.function.BiPredicate;
import org.pollen.peer.PeerId;

/// Judges messages. Called on worker threads, several at once.
@FunctionalInterface
public interface Validator {
    /// What this validator thinks of a message; throwing counts as IGNORE.
    ///
    /// @param from the peer it came from
    Verdict validate(PeerId from, RpcMessage message);

    /// A validator that knows only yes, which accepts, and no, which rejects.
    static Validator of(BiPredicate<PeerId, RpcMessage> test) {
        return (from, message) -> test.test(from, message) ? Verdict.ACCEPT : Verdict.REJECT;
    }
}
