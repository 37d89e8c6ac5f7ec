package org.pollen.scoring;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which peers share an address (P6).
///
/// Each address is a group of peers, connected or retained. A peer counts once in a group however
/// many connections it has from there. Changing a group marks the scores of its members for
/// evaluation, but only while the group is larger than what is free.
final class AddressIndex {
    /// The peers on one address or in one subnet.
    static final class Group {
        final IpBlock block;
        private final List<PeerStats> members = new ArrayList<>(2);
        private boolean whitelisted;

        Group(IpBlock block) {
            this.block = block;
        }

        int size() {
            return members.size();
        }

        boolean whitelisted() {
            return whitelisted;
        }

        private void remove(PeerStats peer) {
            int i = 0;
            while (members.get(i) != peer) i++;
            PeerStats last = members.removeLast();
            if (i < members.size()) members.set(i, last);
        }

        private void touch() {
            for (PeerStats member : members) member.addressesChanged();
        }
    }

    // Only looked up, never walked, so its order does not matter.
    private final Map<IpBlock, Group> groups = new HashMap<>();
    private List<IpBlock> whitelist = List.of();
    private int free;
    private boolean subnetOnly;
    private int prefixBits;
    private boolean countsLoopback;

    AddressIndex(PeerScoreParams params) {
        configure(params);
    }

    /// Takes over the options; groups are kept as they are, except for the whitelist.
    void configure(PeerScoreParams params) {
        free = params.ipColocationFactorThreshold();
        subnetOnly = params.ipv6SubnetOnly();
        prefixBits = params.ipv6PrefixBits();
        countsLoopback = params.ipColocationCountsLoopback();
        whitelist(params.ipColocationFactorWhitelist());
    }

    void whitelist(List<IpBlock> blocks) {
        whitelist = List.copyOf(blocks);
        groups.values().forEach(group -> group.whitelisted = isWhitelisted(group.block));
    }

    private boolean isWhitelisted(IpBlock entry) {
        for (IpBlock block : whitelist) if (block.contains(entry.network())) return true;
        return false;
    }

    /// The number of different addresses and subnets with peers.
    int size() {
        return groups.size();
    }

    /// Replaces the addresses of a peer.
    void set(PeerStats peer, List<byte[]> addresses) {
        List<IpBlock> wanted = entries(addresses);
        var groupsNow = new ArrayList<Group>(wanted.size());
        for (Group group : peer.addresses) {
            if (wanted.remove(group.block)) groupsNow.add(group);
            else leave(peer, group);
        }
        for (IpBlock entry : wanted) groupsNow.add(join(peer, entry));
        peer.addresses = groupsNow.toArray(Group[]::new);
        peer.addressesChanged();
    }

    /// Removes a peer from all its groups.
    void remove(PeerStats peer) {
        for (Group group : peer.addresses) leave(peer, group);
        peer.addresses = new Group[0];
    }

    private List<IpBlock> entries(List<byte[]> addresses) {
        var entries = new ArrayList<IpBlock>(addresses.size() * 2);
        for (byte[] bytes : addresses) {
            var address = IpAddress.of(bytes);
            if (address.isLoopback() && !countsLoopback) continue;
            if (address.isV4()) {
                addOnce(entries, new IpBlock(address, 32));
            } else {
                if (!subnetOnly) addOnce(entries, new IpBlock(address, 128));
                addOnce(entries, new IpBlock(address, prefixBits));
            }
        }
        return entries;
    }

    private static void addOnce(List<IpBlock> entries, IpBlock entry) {
        if (!entries.contains(entry)) entries.add(entry);
    }

    private Group join(PeerStats peer, IpBlock entry) {
        Group group = groups.get(entry);
        if (group == null) {
            group = new Group(entry);
            group.whitelisted = isWhitelisted(entry);
            groups.put(entry, group);
        }
        group.members.add(peer);
        if (group.size() > free) group.touch();
        return group;
    }

    private void leave(PeerStats peer, Group group) {
        if (group.size() > free) group.touch();
        group.remove(peer);
        if (group.size() == 0) groups.remove(group.block);
    }

    /// The squared surplus of peers over all addresses of a peer.
    double factor(PeerStats peer) {
        double factor = 0;
        for (Group group : peer.addresses) factor += factor(group);
        return factor;
    }

    double factor(Group group) {
        if (group.whitelisted || group.size() <= free) return 0;
        double surplus = group.size() - free;
        return surplus * surplus;
    }

    /// The addresses of a peer, for people.
    List<SharedAddress> shared(PeerStats peer) {
        var list = new ArrayList<SharedAddress>(peer.addresses.length);
        for (Group group : peer.addresses) {
            IpAddress network = group.block.network();
            boolean whole = group.block.prefixBits() == (network.isV4() ? 32 : 128);
            String text = whole ? network.toString() : group.block.toString();
            list.add(new SharedAddress(text, group.size(), group.whitelisted, factor(group)));
        }
        return List.copyOf(list);
    }
}
