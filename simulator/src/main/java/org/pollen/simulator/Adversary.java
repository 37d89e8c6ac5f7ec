package org.pollen.simulator;

import org.pollen.router.Mask;
import org.pollen.router.OutboundRpc;
import org.pollen.router.Rpc;
import org.pollen.router.RpcBuilder;
import org.pollen.router.RpcMessage;
import org.pollen.router.SubOpts;

/// The base of attackers: knows its links and can send any RPC, keeps no rules.
abstract class Adversary extends Actor {
    private int handles;

    Adversary(Simulation simulation, Partition partition, int index) {
        super(simulation, partition, index);
    }

    RpcBuilder rpc() {
        return new RpcBuilder(simulation.params().dialect(), simulation.params().sendBytesMax());
    }

    void send(int handle, RpcBuilder builder, long now) {
        for (OutboundRpc rpc : builder.build()) transmit(handle, rpc, now);
    }

    /// One more than the largest handle so far.
    int handleLimit() {
        return handles;
    }

    boolean linked(int handle) {
        return handleOf(remoteOf(handle)) == handle;
    }

    @Override
    int onLinkUp(int remote, boolean outbound, long now) {
        return handles++;
    }

    @Override
    void onLinked(int handle, long now) {
        RpcBuilder rpc = rpc();
        for (Mask mask : simulation.setup().masks()) rpc.subscription(SubOpts.subscribe(mask));
        send(handle, rpc, now);
    }

    @Override
    void onLinkDown(int handle, int remote, long now) {}

    @Override
    void onMessage(int handle, RpcMessage message, long now) {}

    @Override
    void onRpc(int handle, Rpc rpc, long now) {}

    @Override
    void onHeartbeat(long now) {
        post(index, now + beatNanos(), HEARTBEAT, 0, null);
        beat(now);
    }

    /// Between its beats: the heartbeat interval of honest peers.
    long beatNanos() {
        return simulation.params().heartbeatInterval().toNanos();
    }

    /// Once in each interval.
    void beat(long now) {}
}
