package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Which topics may be subscribed to, by us and by peers, and how many at once. Filters hold no
/// state of peers.
///
/// Source: router specification 6.3.
@FunctionalInterface
public interface SubscriptionFilter {

    /// Whether a mask or topic may be subscribed to.
    boolean canSubscribe(Mask mask);

    /// What of an RPC's announcements is to be applied: the allowed ones, once each, without those
    /// that cancel each other.
    ///
    /// @param incoming the announcements in order
    /// @param held what the peer is subscribed to now
    /// @throws RefusedException if the whole RPC is to be dropped
    default List<SubOpts> filterIncoming(List<SubOpts> incoming, Held held)
            throws RefusedException {
        return withoutDuplicates(incoming, this::canSubscribe);
    }

    /// The subscriptions a peer has already.
    interface Held {
        /// Whether the peer is subscribed to it.
        boolean contains(Mask mask);

        /// How many it has.
        int size();
    }

    /// An RPC whose announcements are not acceptable. Carries no stack trace: peers cause it.
    final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        /// @param message what was found and what is allowed
        RefusedException(String message) {
            super(message, null, false, false);
        }
    }

    /// Lets everything pass.
    static SubscriptionFilter allowAll() {
        return _ -> true;
    }

    /// Lets these pass.
    static SubscriptionFilter allowList(Set<Mask> allowed) {
        Set<Mask> copy = Set.copyOf(allowed);
        return copy::contains;
    }

    /// Lets topics pass whose text matches the whole pattern (meshsub).
    static SubscriptionFilter pattern(Pattern pattern) {
        return mask -> pattern.matcher(mask.text()).matches();
    }

    /// Lets pass what all of these let pass; refuses what any of them refuses.
    static SubscriptionFilter all(List<SubscriptionFilter> filters) {
        List<SubscriptionFilter> copy = List.copyOf(filters);
        return new SubscriptionFilter() {
            @Override
            public boolean canSubscribe(Mask mask) {
                return copy.stream().allMatch(filter -> filter.canSubscribe(mask));
            }

            @Override
            public List<SubOpts> filterIncoming(List<SubOpts> incoming, Held held)
                    throws RefusedException {
                List<SubOpts> left = withoutDuplicates(incoming, this::canSubscribe);
                for (SubscriptionFilter filter : copy) left = filter.filterIncoming(left, held);
                return left;
            }
        };
    }

    /// Refuses an RPC with more announcements than a limit, before anything else is looked at.
    ///
    /// @param announcementsMax 100 in Lotus
    static SubscriptionFilter limit(SubscriptionFilter inner, int announcementsMax) {
        return new SubscriptionFilter() {
            @Override
            public boolean canSubscribe(Mask mask) {
                return inner.canSubscribe(mask);
            }

            @Override
            public List<SubOpts> filterIncoming(List<SubOpts> incoming, Held held)
                    throws RefusedException {
                if (incoming.size() > announcementsMax) {
                    throw new RefusedException(
                            "%d subscriptions in an rpc: at most %d are allowed"
                                    .formatted(incoming.size(), announcementsMax));
                }
                return inner.filterIncoming(incoming, held);
            }
        };
    }

    /// Refuses an RPC with more announcements than a limit, or after which the peer would have more
    /// subscriptions than another; what it has stays as it is then.
    static SubscriptionFilter maxCount(
            SubscriptionFilter inner, int subscribedMax, int announcementsMax) {
        return new SubscriptionFilter() {
            @Override
            public boolean canSubscribe(Mask mask) {
                return inner.canSubscribe(mask);
            }

            @Override
            public List<SubOpts> filterIncoming(List<SubOpts> incoming, Held held)
                    throws RefusedException {
                List<SubOpts> left = limit(inner, announcementsMax).filterIncoming(incoming, held);
                int subscribed = held.size();
                for (SubOpts announced : left) {
                    if (announced.subscribe() == held.contains(announced.mask())) continue;
                    subscribed += announced.subscribe() ? 1 : -1;
                }
                if (subscribed > subscribedMax) {
                    throw new RefusedException(
                            "%d subscriptions: at most %d are allowed"
                                    .formatted(subscribed, subscribedMax));
                }
                return left;
            }
        };
    }

    /// What is allowed, each mask once; announcements of a mask that contradict each other are all
    /// left out.
    private static List<SubOpts> withoutDuplicates(
            List<SubOpts> incoming, Predicate<Mask> allowed) {
        Map<Mask, SubOpts> kept = new LinkedHashMap<>();
        for (SubOpts announced : incoming) {
            if (!allowed.test(announced.mask())) continue;
            SubOpts earlier = kept.get(announced.mask());
            if (earlier == null) kept.put(announced.mask(), announced);
            else if (earlier.subscribe() != announced.subscribe()) kept.remove(announced.mask());
        }
        return new ArrayList<>(kept.values());
    }
}
