package org.pollen.node.gossip;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.PeerId;
import org.pollen.router.RpcMessage;
import org.pollen.router.Verdict;

/// Judges the messages of a topic.
@FunctionalInterface
public interface TopicValidator {
    /// Starts to judge a message; called on the router's thread, so it may not take long itself.
    ///
    /// @param message whose signature, if the policy wants one, was checked
    /// @param answer takes the verdict once, from any thread
    /// @return false if there is no room for it: the message is dropped without blame
    boolean validate(RpcMessage message, Consumer<Verdict> answer);

    /// The same for a validator that wants to know who sent it.
    ///
    /// @param from null for a message of our own
    default boolean validate(RpcMessage message, @Nullable PeerId from, Consumer<Verdict> answer) {
        return validate(message, answer);
    }
}
