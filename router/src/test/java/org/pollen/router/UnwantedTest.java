package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class UnwantedTest {
    private static final int P = 2;
    private final MessageKeyHasher hasher = new MessageKeyHasher(1, 2);
    private final Unwanted unwanted = new Unwanted(3, 5, 10, 40);

    @Test
    @DisplayName(
            "C104, C108: remembered for three heartbeats, for this peer only; a new arrival starts anew")
    void idsAreRememberedForAWhile() throws Exception {
        receive(P, 0, 1);
        assertThat(contains(P, 0)).isTrue();
        assertThat(contains(P + 1, 0)).isFalse();
        assertThat(contains(1000, 0)).isFalse();
        unwanted.heartbeat();
        unwanted.heartbeat();
        receive(P, 0, 1);
        unwanted.heartbeat();
        unwanted.heartbeat();
        assertThat(contains(P, 0)).isTrue();
        unwanted.heartbeat();
        assertThat(contains(P, 0)).isFalse();
        assertThat(unwanted.size()).isZero();
    }

    @Test
    @DisplayName("V14, C109: of 11 ids with a limit of 10 the first 10 count; it is one RPC")
    void idsOfAnRpcAreLimited() throws Exception {
        assertThat(receive(P, 0, 11)).isEqualTo(10);

        assertThat(contains(P, 9)).isTrue();
        assertThat(contains(P, 10)).isFalse();
        assertThat(unwanted.rpcs(P)).isEqualTo(1);
        assertThat(unwanted.rpcs(1000)).isZero();
        assertThat(unwanted.ignoredIds()).isEqualTo(1);
    }

    @Test
    @DisplayName("C110: no ids, no state; none after the time is over or the stream closed")
    void noStateIsLeftBehind() throws Exception {
        assertThat(receive(P, 0, 0)).isZero();
        assertThat(unwanted.rpcs(P)).isZero();
        receive(P, 0, 5);
        receive(P + 20, 0, 5);
        unwanted.removePeer(P);
        unwanted.removePeer(5000);
        assertThat(unwanted.size()).isEqualTo(5);
        assertThat(contains(P, 0)).isFalse();
        for (int i = 0; i < 3; i++) unwanted.heartbeat();
        assertThat(unwanted.size()).isZero();
    }

    @Test
    @DisplayName(
            "C111: more RPCs than allowed between heartbeats are ignored; after the next it works again")
    void rpcsAreLimited() throws Exception {
        for (int i = 0; i < 5; i++) assertThat(receive(P, i, 1)).isEqualTo(1);
        assertThat(receive(P, 7, 1)).isZero();
        assertThat(unwanted.ignoredRpcs()).isEqualTo(1);
        unwanted.heartbeat();
        assertThat(receive(P, 7, 1)).isEqualTo(1);
    }

    @Test
    void idsOfAPeerAreLimited() throws Exception {
        for (int i = 0; i < 5; i++) receive(P, 10 * i, 10);
        assertThat(unwanted.size()).isEqualTo(40);
        assertThat(unwanted.size(P)).isEqualTo(40);
        assertThat(unwanted.size(P + 1)).isZero();
        assertThat(unwanted.size(1000)).isZero();
        assertThat(unwanted.ignoredIds()).isEqualTo(10);
    }

    @Test
    void manyHeartbeatsLeaveNothing() throws Exception {
        var random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            receive(random.nextInt(50), random.nextInt(100), random.nextInt(12));
            if (random.nextInt(4) == 0) unwanted.heartbeat();
            if (random.nextInt(20) == 0) unwanted.removePeer(random.nextInt(50));
        }
        for (int i = 0; i < 3; i++) unwanted.heartbeat();
        assertThat(unwanted.size()).isZero();
    }

    private int receive(int peer, int first, int count) throws Exception {
        var builder = new RpcBuilder(Dialect.MESHSUB, 1 << 20);
        for (int i = first; i < first + count; i++) builder.idontwant(id(i));
        return unwanted.receive(
                peer, RpcCodecTest.decode(Dialect.MESHSUB, builder.buildWhole().toBody()), hasher);
    }

    private boolean contains(int peer, int number) {
        hasher.hash(id(number), 0, 4);
        return unwanted.contains(peer, hasher.hi(), hasher.lo());
    }

    private static byte[] id(int number) {
        return new byte[] {(byte) number, 1, 2, 3};
    }
}
