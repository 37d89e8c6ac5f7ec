package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SubscriptionFilterTest {
    private static final SubscriptionFilter.Held NOTHING = held(Set.of());

    @Test
    @DisplayName(
            "C143: {1+, 1+, 2+, 2-, 3+} with {1, 2} allowed is {1+}; more than the limit is an error")
    void allowListLimitAndDuplicates() throws Exception {
        SubscriptionFilter filter =
                SubscriptionFilter.limit(SubscriptionFilter.allowList(Set.of(t(1), t(2))), 5);
        var announced =
                List.of(
                        SubOpts.subscribe(t(1)),
                        SubOpts.subscribe(t(1)),
                        SubOpts.subscribe(t(2)),
                        SubOpts.unsubscribe(t(2)),
                        SubOpts.subscribe(t(3)));

        assertThat(filter.filterIncoming(announced, NOTHING))
                .containsExactly(SubOpts.subscribe(t(1)));
        assertThat(filter.canSubscribe(t(1))).isTrue();
        assertThat(filter.canSubscribe(t(3))).isFalse();
        assertThatThrownBy(() ->
                        SubscriptionFilter.limit(SubscriptionFilter.allowAll(), 4)
                                .filterIncoming(announced, NOTHING))
                .isInstanceOf(SubscriptionFilter.RefusedException.class)
                .hasMessage("5 subscriptions in an rpc: at most 4 are allowed");
    }

    @Test
    @DisplayName("C144: filters of both sides leave what both allow")
    void bothSidesHaveTheirSay() throws Exception {
        SubscriptionFilter ours = SubscriptionFilter.allowList(Set.of(t(1), t(2)));
        SubscriptionFilter theirs = SubscriptionFilter.allowList(Set.of(t(2), t(3)));
        List<SubOpts> sent = IntStream.of(2, 3).mapToObj(i -> SubOpts.subscribe(t(i))).toList();

        assertThat(ours.filterIncoming(theirs.filterIncoming(sent, NOTHING), NOTHING))
                .containsExactly(SubOpts.subscribe(t(2)));
        assertThat(ours.canSubscribe(t(3))).as("join(3) fails on the first").isFalse();
        SubscriptionFilter all = SubscriptionFilter.all(List.of(ours, theirs));
        assertThat(all.canSubscribe(t(2))).isTrue();
        assertThat(all.canSubscribe(t(1)) || all.canSubscribe(t(3))).isFalse();
        assertThat(all.filterIncoming(sent, NOTHING)).containsExactly(SubOpts.subscribe(t(2)));
    }

    @Test
    @DisplayName("C145: more than the most in a request, or in total, is refused as a whole")
    void countsAreAtomic() throws Exception {
        SubscriptionFilter filter =
                SubscriptionFilter.maxCount(SubscriptionFilter.allowAll(), 3, 4);
        SubscriptionFilter.Held two = held(Set.of(t(1), t(2)));

        assertThat(filter.filterIncoming(subscribe(1, 3), two)).hasSize(2);
        assertThatThrownBy(() -> filter.filterIncoming(subscribe(3, 4), two))
                .hasMessage("4 subscriptions: at most 3 are allowed");
        assertThatThrownBy(() -> filter.filterIncoming(subscribe(1, 2, 3, 4, 5), two))
                .hasMessage("5 subscriptions in an rpc: at most 4 are allowed");
        var exchanged =
                List.of(
                        SubOpts.unsubscribe(t(1)),
                        SubOpts.subscribe(t(3)),
                        SubOpts.subscribe(t(4)));
        assertThat(filter.filterIncoming(exchanged, two)).as("one gone, two new").hasSize(3);
        assertThat(filter.filterIncoming(List.of(SubOpts.unsubscribe(t(9))), two)).hasSize(1);
        assertThat(filter.canSubscribe(t(9))).isTrue();
    }

    @Test
    void patternsMatchTheWholeTopic() {
        SubscriptionFilter filter = SubscriptionFilter.pattern(Pattern.compile("/eth2/.*"));

        assertThat(filter.canSubscribe(Mask.topic("/eth2/x"))).isTrue();
        assertThat(filter.canSubscribe(Mask.topic("no/eth2/x"))).isFalse();
    }

    private static List<SubOpts> subscribe(int... topics) {
        return IntStream.of(topics).mapToObj(i -> SubOpts.subscribe(t(i))).toList();
    }

    private static Mask t(int number) {
        return Mask.topic("t" + number);
    }

    private static SubscriptionFilter.Held held(Set<Mask> masks) {
        Set<Mask> copy = new HashSet<>(masks);
        return new SubscriptionFilter.Held() {
            @Override
            public boolean contains(Mask mask) {
                return copy.contains(mask);
            }

            @Override
            public int size() {
                return copy.size();
            }
        };
    }
}
