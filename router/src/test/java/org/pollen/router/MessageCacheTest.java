package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCacheTest {
    private static final int KEY = 7;
    private final MessageCache cache = new MessageCache(3, 5, 1 << 20);

    @Test
    @DisplayName(
            "C49: 3 windows advertised, 5 kept: 50 of 60 cached, newest window first, order of insertion within")
    void windowsOfTenMessages() {
        for (int window = 0; window < 6; window++) {
            if (window > 0) cache.shift();
            for (int i = 0; i < 10; i++) put(10 * window + i);
        }

        assertThat(cache.size()).isEqualTo(50);
        for (int i = 0; i < 10; i++) assertThat(get(i)).isNull();
        for (int i = 10; i < 60; i++) assertThat(get(i)).isNotNull();
        var expected = new ArrayList<RpcMessage>();
        for (int window = 5; window > 2; window--) {
            for (int i = 0; i < 10; i++) expected.add(get(10 * window + i));
        }
        assertThat(gossip(KEY)).hasSize(30).isEqualTo(expected);
        assertThat(gossip(8)).isEmpty();
    }

    @Test
    @DisplayName("C50: put, get, shift; shifting an empty cache; the last shift evicts")
    void putGetShift() {
        cache.shift();
        RpcMessage message = put(1);
        assertThat(cache.put(message, KEY)).as("stored once").isFalse();
        for (int i = 0; i < 4; i++) cache.shift();
        assertThat(get(1)).isSameAs(message);
        assertThat(cache.keyOf(message.idHi(), message.idLo())).isEqualTo(KEY);
        cache.shift();

        assertThat(get(1)).isNull();
        assertThat(cache.keyOf(message.idHi(), message.idLo())).isEqualTo(-1);
        assertThat(cache.size()).isZero();
        assertThat(cache.bytes()).isZero();
        for (int i = 0; i < 10; i++) cache.shift();
        assertThat(cache.put(message, KEY)).isTrue();
    }

    @Test
    @DisplayName(
            "6.6: requests are counted for each peer and message, and forgotten with the message")
    void requestsAreCounted() {
        RpcMessage message = put(1);
        for (int peer = 0; peer < 20; peer++) {
            for (int n = 1; n <= 3; n++) assertThat(request(peer, message)).isEqualTo(n);
        }
        cache.forgetRequests(5);
        assertThat(request(5, message)).isEqualTo(1);
        assertThat(request(6, message)).isEqualTo(4);
        RpcMessage other = TestMessages.message(2);
        assertThat(request(1, other)).as("not here").isZero();
        for (int i = 0; i < 5; i++) cache.shift();
        cache.put(message, KEY);
        assertThat(request(6, message)).isEqualTo(1);
    }

    @Test
    void keysToAdvertiseComeNewestFirst() {
        cache.put(TestMessages.message(1), 30);
        cache.shift();
        cache.put(TestMessages.message(2), 10);
        cache.put(TestMessages.message(3), 20);
        cache.put(TestMessages.message(4), 10);
        assertThat(cache.gossipKeys()).containsExactly(10, 20, 30);
        cache.shift();
        cache.shift();
        assertThat(cache.gossipKeys())
                .as("the oldest window is kept but not advertised")
                .containsExactly(10, 20);
        for (int i = 0; i < 40; i++) cache.put(TestMessages.message(100 + i), 100 + i);
        assertThat(cache.gossipKeys()).hasSize(42);
    }

    @Test
    @DisplayName(
            "bytes are bounded: the oldest windows go early; what does not fit even then is not stored")
    void bytesAreBounded() {
        var small = new MessageCache(1, 3, 1000);
        for (int i = 0; i < 3; i++) {
            assertThat(small.put(TestMessages.ofEncodedLength(i, 300), KEY)).isTrue();
            small.shift();
        }
        assertThat(small.bytes()).as("the first window was shifted out").isEqualTo(600);
        assertThat(small.put(TestMessages.ofEncodedLength(5, 400), KEY)).isTrue();
        assertThat(small.overflows()).isZero();
        assertThat(small.put(TestMessages.ofEncodedLength(6, 300), KEY)).isTrue();
        assertThat(small.bytes()).isEqualTo(1000);
        assertThat(small.overflows()).isEqualTo(1);
        assertThat(small.put(TestMessages.ofEncodedLength(7, 601), KEY)).isFalse();
        assertThat(small.bytes()).as("the newest window stays").isEqualTo(700);
        assertThat(small.size()).isEqualTo(2);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void behavesAsAListOfWindows(long seed) {
        var random = new Random(seed);
        Deque<List<RpcMessage>> model = new ArrayDeque<>();
        model.addFirst(new ArrayList<>());
        Map<RpcMessage, Integer> keys = new HashMap<>();
        for (int step = 0; step < 3000; step++) {
            if (random.nextInt(20) == 0) {
                cache.shift();
                model.addFirst(new ArrayList<>());
                if (model.size() > 5) model.removeLast();
            } else {
                RpcMessage message = TestMessages.message(random.nextInt(300));
                boolean known =
                        model.stream().flatMap(List::stream).anyMatch(m -> same(m, message));
                int key = random.nextInt(5);
                assertThat(cache.put(message, key)).isEqualTo(!known);
                if (!known) {
                    model.getFirst().add(message);
                    keys.put(message, key);
                }
            }
            assertThat(cache.size()).isEqualTo(model.stream().mapToInt(List::size).sum());
            if (step % 50 != 0) continue;
            for (int key = 0; key < 5; key++) {
                int wanted = key;
                List<RpcMessage> expected =
                        model.stream()
                                .limit(3)
                                .flatMap(List::stream)
                                .filter(m -> Objects.equals(keys.get(m), wanted))
                                .toList();
                assertThat(gossip(key)).isEqualTo(expected);
            }
        }
    }

    @Test
    void parametersAreChecked() {
        assertThatThrownBy(() -> new MessageCache(4, 3, 1))
                .hasMessage(
                        "message cache of 3 windows, 4 advertised: 0 <= advertised <= windows, and at least one window");
        assertThatThrownBy(() -> new MessageCache(0, 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MessageCache(-1, 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private RpcMessage put(int number) {
        RpcMessage message = TestMessages.message(number);
        assertThat(cache.put(message, KEY)).isTrue();
        return message;
    }

    private @Nullable RpcMessage get(int number) {
        RpcMessage like = TestMessages.message(number);
        return cache.get(like.idHi(), like.idLo());
    }

    private int request(int peer, RpcMessage message) {
        return cache.countRequest(peer, message.idHi(), message.idLo());
    }

    private List<RpcMessage> gossip(int key) {
        var out = new ArrayList<RpcMessage>();
        cache.gossip(key, out);
        return out;
    }

    private static boolean same(RpcMessage a, RpcMessage b) {
        return a.idHi() == b.idHi() && a.idLo() == b.idLo();
    }
}
