package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.pollen.router.Mask;
import org.pollen.router.RouterParams.MultiBitMode;
import org.pollen.router.RpcBuilder;
import org.pollen.router.SubOpts;
import org.pollen.simulator.Verdict.Gate;

/// Entries of the catalogue that want to fill the tables of a router or keep it busy: entries are
/// counted in a duel, and what others notice in a network.
///
/// Source: simulator specification 3.5, K-24 and K-25, and 3.6, K-43.
final class StateAttacks {
    private static final long SECOND = 1_000_000_000L;
    private static final int HONEST = 100;

    private StateAttacks() {}

    /// What a duel came to: entries of tables before the attack and at the end.
    private static final class Growth {
        private long before = -1;
        private long most;
        int subscriptionsMost;

        void look(Duel duel, long now) {
            long entries = duel.victim().entries(now);
            if (now < 2 * SECOND) before = entries;
            most = Math.max(most, entries);
            subscriptionsMost = Math.max(subscriptionsMost, duel.subscriptions(now));
        }

        long entries() {
            return most - before;
        }
    }

    // K-24.

    static List<Gate> unknownTopics(Arena arena) {
        int rounds = 100;
        var growth = new Growth();
        var duel =
                new Duel(
                        arena,
                        Profile.H0_QUICK,
                        15,
                        SECOND / 10,
                        (self, handle, now) -> {
                            if (self.beats > rounds) return;
                            for (int i = 0; i < 10; i++) {
                                RpcBuilder rpc = self.rpc();
                                for (int j = 0; j < 1000; j++) {
                                    rpc.graft(Mask.topic("x%d-%d-%d".formatted(now, i, j)));
                                }
                                self.send(handle, rpc, now);
                            }
                        });
        duel.run(growth::look);
        var gates = new ArrayList<Gate>();
        gates.add(
                Gate.atLeast(
                        "GRAFTs for topics unknown",
                        1e6,
                        duel.counter("gossipsub_grafts_refused_total", "unknown_topic")));
        gates.add(Gate.atMost("entries of tables they left", 0, growth.entries()));
        gates.add(Gate.atMost("PRUNEs for them", 0, duel.attacker().prunes));
        gates.addAll(unknownInNetwork(arena.again()));
        return gates;
    }

    private static List<Gate> unknownInNetwork(Arena arena) {
        arena.end(50);
        arena.spam(
                2,
                (self, handle, now) -> {
                    RpcBuilder rpc = self.rpc();
                    for (int i = 0; i < 100; i++) rpc.graft(Mask.topic("x" + now + i));
                    self.send(handle, rpc, now);
                });
        arena.connectSybils(2, HONEST, 20 * SECOND);
        arena.traffic();
        return List.of(Gate.atLeast("delivery", 1, arena.run().delivery()));
    }

    // K-25.

    static List<Gate> subscriptionChurn(Arena arena) {
        var gates = new ArrayList<Gate>();
        toggles(arena, gates);
        fresh(arena, gates);
        gates.addAll(churnInNetwork(arena.again()));
        return gates;
    }

    /// GRAFTs without a subscription for some seconds, then a thousand times a second on and off.
    private static void toggles(Arena arena, List<Gate> gates) {
        int grafting = 3;
        int seconds = 10;
        var early = new Growth();
        var growth = new Growth();
        var members = new int[1];
        var duel =
                new Duel(
                        arena,
                        Profile.H1,
                        2 + grafting + seconds,
                        SECOND / 10,
                        (self, handle, now) -> {
                            Mask mask = self.simulation.mask();
                            if (self.beats <= 10L * grafting) {
                                RpcBuilder on = self.rpc();
                                if (self.beats == 1) on.subscription(SubOpts.unsubscribe(mask));
                                self.send(handle, on.graft(mask), now);
                                return;
                            }
                            for (int i = 0; i < 100; i++) {
                                self.send(handle, self.rpc().subscription(toggle(mask, i)), now);
                            }
                        });
        duel.run((d, now) -> {
            long beats = d.attacker().beats;
            if (beats <= 10L * grafting) early.look(d, now);
            if (beats > 1 && beats <= 10L * grafting) {
                members[0] = Math.max(members[0], d.victim().mesh().length);
            }
            growth.look(d, now);
        });
        long events = duel.victim().subscriberEvents();
        gates.add(Gate.atLeast("GRAFTs without a subscription", 30, duel.attacker().beats));
        gates.add(Gate.atMost("members of the mesh meanwhile (reported)", 1, members[0]));
        gates.add(Gate.atMost("entries of tables meanwhile", 1, early.entries()));
        gates.add(Gate.atLeast("1,000 toggles a second for 10 s: events", 9000, events));
        gates.add(Gate.atMost("1,000 toggles a second for 10 s: events", 10_010, events));
        gates.add(Gate.atMost("subscriptions kept", 1, growth.subscriptionsMost));
        gates.add(Gate.atMost("entries of tables they left", 1, growth.entries()));
        gates.add(
                Gate.atMost(
                        "share of the processor, % (RPCs sent times 40 us)",
                        5, duel.processor(seconds)));
    }

    private static SubOpts toggle(Mask mask, int i) {
        return i % 2 == 0 ? SubOpts.unsubscribe(mask) : SubOpts.subscribe(mask);
    }

    /// A thousand new topics a second, none of them given up.
    private static void fresh(Arena arena, List<Gate> gates) {
        int seconds = 10;
        var growth = new Growth();
        var duel =
                new Duel(
                        arena,
                        Profile.H1,
                        2 + seconds,
                        SECOND / 10,
                        (self, handle, now) -> {
                            for (int i = 0; i < 100; i++) {
                                Mask mask = Mask.topic("x%d-%d".formatted(now, i));
                                SubOpts announced = SubOpts.subscribe(mask);
                                self.send(handle, self.rpc().subscription(announced), now);
                            }
                        });
        duel.run(growth::look);
        long events = duel.victim().subscriberEvents();
        gates.add(Gate.atLeast("1,000 new topics a second: events", 1000, events));
        gates.add(Gate.atMost("1,000 new topics a second: events", 1024, events));
        gates.add(Gate.atMost("subscriptions kept of them", 1024, growth.subscriptionsMost));
        gates.add(Gate.atMost("score for the surplus (graylist -500)", -500, duel.score()));
        gates.add(
                Gate.atMost(
                        "share of the processor, % (RPCs sent times 40 us)",
                        5, duel.processor(seconds)));
    }

    private static List<Gate> churnInNetwork(Arena arena) {
        arena.end(50);
        arena.spam(
                2,
                (self, handle, now) -> {
                    for (int i = 0; i < 1000; i++) {
                        self.send(handle, self.rpc().subscription(toggle(arena.mask(), i)), now);
                    }
                });
        arena.connectSybils(2, HONEST, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("p99 against before", 1.2, p99(result, 1) / p99(result, 0)));
    }

    private static double p99(SimulationResult result, int phase) {
        return result.phases().get(phase).quantileMillis(0.99);
    }

    // K-43.

    /// Masks of all 2,048 bits, a thousand times a second, and the same bits in eight masks of as
    /// many as a mask may have.
    static List<Gate> manyBits(Arena arena) {
        int seconds = 10;
        var growth = new Growth();
        Mask all = range(0, 2048);
        Profile profile = FurtherAttacks.blossom(MultiBitMode.COMPOSITE);
        var duel =
                new Duel(
                        arena,
                        profile,
                        2 + seconds,
                        SECOND / 10,
                        (self, handle, now) -> {
                            for (int i = 0; i < 100; i++) {
                                self.send(
                                        handle,
                                        self.rpc().subscription(SubOpts.subscribe(all)).graft(all),
                                        now);
                            }
                            if (self.beats < 25 || self.beats % 10 != 5) return;
                            for (int i = 0; i < 8; i++) {
                                Mask part = range(256 * i, 256 * (i + 1));
                                self.send(
                                        handle,
                                        self.rpc()
                                                .subscription(SubOpts.subscribe(part))
                                                .graft(part),
                                        now);
                            }
                        });
        duel.setup().masks(List.of(FurtherAttacks.bits(5)));
        var early = new Growth();
        duel.run((d, now) -> {
            if (d.attacker().beats < 25) early.look(d, now);
            growth.look(d, now);
        });
        var gates = new ArrayList<Gate>();
        gates.add(Gate.atMost("2,048 bits: entries of tables they left", 0, early.entries()));
        gates.add(
                Gate.atLeast("256 bits, eight times: slices kept", 512, growth.subscriptionsMost));
        gates.add(
                Gate.atMost("256 bits, eight times: slices kept", 1024, growth.subscriptionsMost));
        gates.add(
                Gate.atMost(
                        "256 bits, eight times: entries of tables (slice, mask and holder)",
                        3 * 1024,
                        growth.entries()));
        gates.add(
                Gate.atMost(
                        "share of the processor, % (RPCs sent times 40 us)",
                        5, duel.processor(seconds)));
        gates.addAll(manyBitsInNetwork(arena.again(), all));
        return gates;
    }

    private static Mask range(int from, int to) {
        var bytes = new byte[256];
        Arrays.fill(bytes, from >> 3, to >> 3, (byte) 0xff);
        return Mask.of(bytes);
    }

    private static List<Gate> manyBitsInNetwork(Arena arena, Mask wide) {
        arena.profile(FurtherAttacks.blossom(MultiBitMode.COMPOSITE));
        arena.setup().masks(List.of(FurtherAttacks.bits(5)));
        arena.end(50);
        arena.spam(
                2,
                (self, handle, now) -> {
                    RpcBuilder rpc = self.rpc().subscription(SubOpts.subscribe(wide)).graft(wide);
                    self.send(handle, rpc, now);
                });
        arena.connectSybils(5, HONEST, 20 * SECOND);
        arena.traffic();
        SimulationResult result = arena.run();
        return List.of(
                Gate.atLeast("delivery", 1, result.delivery()),
                Gate.atMost("p99 against before", 1.2, p99(result, 1) / p99(result, 0)));
    }
}
