package org.pollen.simulator;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The named groups of peers of a run: each is a range of indexes, adversaries after all others.
/// What nothing is said of is as without groups.
///
/// Source: simulator specification 5 (key `groups`).
final class PeerGroups {
    /// A run without groups.
    static final PeerGroups NONE = new PeerGroups(List.of());

    private static final int MOST = 100;

    /// What the peers of a group are for.
    enum Role {
        /// Subscribes, passes on and publishes.
        PUBLISHER,
        /// Subscribes and passes on.
        RELAY,
        /// Is dialled by the others, is in no mesh, and offers peers where it is grafted; no
        /// message counts for it.
        BOOTSTRAP,
        /// Keeps no rules.
        ADVERSARY;

        static Role named(String text) {
            for (Role role : values()) {
                if (role.name().toLowerCase(Locale.ROOT).equals(text)) return role;
            }
            throw new IllegalArgumentException(text);
        }

        boolean honest() {
            return this != ADVERSARY;
        }
    }

    /// One group.
    ///
    /// @param first its first peer
    /// @param count how many there are
    /// @param region of all of them, -1 if each is drawn
    /// @param bandwidth null for that of the network
    /// @param shares of the group that subscribe, by topic; null for those of the workload
    record Group(
            String name,
            Role role,
            int first,
            int count,
            int region,
            Network.@Nullable Bandwidth bandwidth,
            double @Nullable [] shares) {
        /// The same with shares of topics.
        Group subscribing(double @Nullable [] topics) {
            return new Group(name, role, first, count, region, bandwidth, topics);
        }

        /// Its peers.
        int[] peers() {
            var peers = new int[count];
            for (int i = 0; i < count; i++) peers[i] = first + i;
            return peers;
        }

        boolean has(int peer) {
            return peer >= first && peer < first + count;
        }
    }

    private final List<Group> groups;
    private final byte[] numbers; // of groups, by peer

    /// @param groups one after the other, from the first peer on
    PeerGroups(List<Group> groups) {
        if (groups.size() > MOST) {
            throw new IllegalArgumentException(
                    "%d groups: at most %d".formatted(groups.size(), MOST));
        }
        this.groups = List.copyOf(groups);
        numbers = new byte[groups.stream().mapToInt(Group::count).sum()];
        for (int i = 0; i < groups.size(); i++) {
            Group group = groups.get(i);
            Arrays.fill(numbers, group.first, group.first + group.count, (byte) i);
        }
    }

    boolean isNone() {
        return groups.isEmpty();
    }

    List<Group> all() {
        return groups;
    }

    /// The group of a peer; null for none.
    @Nullable Group of(int peer) {
        return peer < numbers.length ? groups.get(numbers[peer]) : null;
    }

    /// The group with a name; null for none.
    @Nullable Group named(String name) {
        for (Group group : groups) if (group.name.equals(name)) return group;
        return null;
    }

    /// Whether a peer is in no mesh.
    boolean bootstraps(int peer) {
        Group group = of(peer);
        return group != null && group.role == Role.BOOTSTRAP;
    }

    /// The share of peers like one that follows a topic.
    ///
    /// @param otherwise what it is where the group says nothing
    double share(int peer, int topic, double otherwise) {
        Group group = of(peer);
        if (group == null) return otherwise;
        if (group.role == Role.BOOTSTRAP) return 0;
        return group.shares == null ? otherwise : group.shares[topic];
    }

    /// The region of a peer.
    int region(int peer, Latency latency, long seed) {
        Group group = of(peer);
        if (group != null && group.region >= 0) return group.region;
        return latency.region(Mix.unit(seed, peer, Mix.REGION));
    }
}
