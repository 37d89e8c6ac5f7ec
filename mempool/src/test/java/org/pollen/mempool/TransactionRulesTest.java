package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Gas of mempool specification 3.7, costs, and when each fork begins.
class TransactionRulesTest {
    private static final TransactionSigner SIGNER =
            new TransactionSigner(Keccak256.hash(new byte[] {1}));
    private static final Address OTHER = new Address(new byte[20]);

    /// Columns: fork, type, recipient, value, zero bytes, other bytes, access list addresses, keys
    /// of each, authorizations; intrinsic and floor gas.
    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    PRAGUE,    2, other, 0, 0,   100, 0, 0, 0, 22600,  25000
                    PRAGUE,    2, other, 0, 100, 0,   0, 0, 0, 21400,  22000
                    PRAGUE,    4, other, 0, 0,   0,   0, 0, 1, 46000,  21000
                    PRAGUE,    1, other, 0, 0,   0,   1, 1, 0, 25300,  21000
                    FRONTIER,  0, other, 0, 3,   2,   0, 0, 0, 21148,  21110
                    FRONTIER,  0, none,  0, 0,   1,   0, 0, 0, 21068,  21040
                    HOMESTEAD, 0, none,  0, 0,   1,   0, 0, 0, 53068,  21040
                    ISTANBUL,  0, none,  0, 0,   1,   0, 0, 0, 53016,  21040
                    ISTANBUL,  0, other, 9, 1,   1,   0, 0, 0, 21020,  21050
                    LONDON,    2, none,  0, 0,   33,  0, 0, 0, 53528,  22320
                    SHANGHAI,  2, none,  0, 0,   0,   0, 0, 0, 53000,  21000
                    SHANGHAI,  2, none,  0, 0,   1,   0, 0, 0, 53018,  21040
                    SHANGHAI,  2, none,  0, 0,   32,  0, 0, 0, 53514,  22280
                    SHANGHAI,  2, none,  0, 0,   33,  0, 0, 0, 53532,  22320
                    SHANGHAI,  2, other, 0, 0,   33,  0, 0, 0, 21528,  22320
                    OSAKA,     2, other, 0, 0,   0,   2, 3, 0, 37200,  21000
                    OSAKA,     4, other, 0, 0,   0,   0, 0, 3, 96000,  21000
                    AMSTERDAM, 2, other, 0, 0,   0,   0, 0, 0, 15000,  15000
                    AMSTERDAM, 2, other, 1, 0,   0,   0, 0, 0, 21000,  21000
                    AMSTERDAM, 2, self,  1, 0,   0,   0, 0, 0, 12000,  12000
                    AMSTERDAM, 2, none,  1, 0,   0,   0, 0, 0, 24000,  24000
                    AMSTERDAM, 2, none,  0, 1,   32,  0, 0, 0, 24520,  26112
                    AMSTERDAM, 2, other, 0, 1,   1,   0, 0, 0, 15020,  15128
                    AMSTERDAM, 1, other, 0, 0,   0,   1, 2, 0, 27276,  20376
                    AMSTERDAM, 4, other, 0, 0,   0,   0, 0, 2, 30632,  15000
                    """)
    @DisplayName("3.7: intrinsic and floor gas")
    void gas(
            Fork fork,
            int type,
            String recipient,
            int value,
            int zeros,
            int others,
            int addresses,
            int keys,
            int authorizations,
            long intrinsic,
            long floor) {
        byte[] data = new byte[zeros + others];
        Arrays.fill(data, zeros, data.length, (byte) 0xff);
        @Nullable Address to =
                switch (recipient) {
                    case "none" -> null;
                    case "self" -> SIGNER.address();
                    default -> OTHER;
                };
        List<Hash32> storage = IntStream.range(0, keys).mapToObj(Txs::hash).toList();
        Transaction tx =
                SIGNER.draft(type, BigInteger.ONE)
                        .to(to)
                        .value(BigInteger.valueOf(value))
                        .data(data)
                        .accessList(
                                IntStream.range(0, addresses)
                                        .mapToObj(i -> new AccessListEntry(Txs.address(i), storage))
                                        .toList())
                        .authorizations(
                                IntStream.range(0, authorizations)
                                        .mapToObj(i -> SIGNER.authorize(BigInteger.ONE, OTHER, i))
                                        .toList())
                        .sign();

        assertThat(IntrinsicGas.of(tx, new ForkRules(fork))).isEqualTo(intrinsic);
        assertThat(IntrinsicGas.floor(tx, new ForkRules(fork))).isEqualTo(floor);
    }

    @Test
    @DisplayName("C089: a cost over 2^256 is exact")
    void c089() {
        BigInteger most = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
        for (long gas = 0; gas <= 2; gas++) {
            Transaction tx =
                    SIGNER.draft(0, BigInteger.ONE)
                            .gasPrice(most)
                            .gas(gas)
                            .to(OTHER)
                            .value(BigInteger.valueOf(100))
                            .sign();
            assertThat(tx.cost())
                    .isEqualTo(most.multiply(BigInteger.valueOf(gas)).add(BigInteger.valueOf(100)));
        }
        Transaction unsigned = SIGNER.draft(0, BigInteger.ONE).gas(-1).to(OTHER).sign();
        assertThat(unsigned.cost()).isEqualTo(new BigInteger("18446744073709551615"));
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    1,      1
                    32767,  1
                    32768,  1
                    32769,  2
                    65536,  2
                    131072, 4
                    131073, 5
                    """)
    @DisplayName("0: a slot is 32,768 bytes")
    void slots(int size, int slots) throws Exception {
        Transaction.Parts parts =
                TransactionDecoder.parts(SIGNER.draft(0, BigInteger.ONE).to(OTHER).sign().raw());
        parts.size = size;
        assertThat(new Transaction(parts).slots()).isEqualTo(slots);
    }

    @Test
    void forksBeginByBlockOrByTime() {
        ForkSchedule forks =
                ForkSchedule.always(Fork.BERLIN)
                        .atBlock(Fork.LONDON, 10)
                        .atTime(Fork.PRAGUE, 2000)
                        .atTime(Fork.SHANGHAI, 1000);

        assertThat(forks.rules(9, 999).fork()).isEqualTo(Fork.BERLIN);
        assertThat(forks.rules(10, 999).fork()).isEqualTo(Fork.LONDON);
        assertThat(forks.rules(11, 1000).fork()).isEqualTo(Fork.SHANGHAI);
        assertThat(forks.rules(11, 1999).fork()).isEqualTo(Fork.SHANGHAI);
        assertThat(forks.rules(11, 2000).fork()).isEqualTo(Fork.PRAGUE);
        assertThat(forks.rules(0, 2000).fork()).as("the newest counts").isEqualTo(Fork.PRAGUE);
        assertThat(ForkSchedule.always(Fork.FRONTIER).rules(5, 5).fork()).isEqualTo(Fork.FRONTIER);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    35,  5,    ''
                    36,  5,    LONDON
                    100, 5,    LONDON
                    164, 5,    LONDON
                    165, 5,    ''
                    500, 9219, ''
                    500, 9232, PRAGUE
                    500, 10768, PRAGUE
                    500, 10779, PRAGUE
                    500, 10780, ''
                    100, 10000, LONDON PRAGUE
                    """)
    @DisplayName("8.4: a fork is near for 64 blocks before and after, 12 seconds each")
    void near(long number, long time, String expected) {
        ForkSchedule forks =
                ForkSchedule.always(Fork.BERLIN)
                        .atBlock(Fork.LONDON, 100)
                        .atTime(Fork.PRAGUE, 10_000);

        assertThat(
                        forks.near(number, time, 64).stream()
                                .map(Enum::name)
                                .collect(Collectors.joining(" ")))
                .isEqualTo(expected);
    }

    @Test
    void eachRuleHoldsFromItsFork() {
        assertThat(new ForkRules(Fork.ISTANBUL).berlin()).isFalse();
        assertThat(new ForkRules(Fork.BERLIN).berlin()).isTrue();
        assertThat(new ForkRules(Fork.BERLIN).london()).isFalse();
        assertThat(new ForkRules(Fork.LONDON).london()).isTrue();
        assertThat(new ForkRules(Fork.LONDON).shanghai()).isFalse();
        assertThat(new ForkRules(Fork.SHANGHAI).cancun()).isFalse();
        assertThat(new ForkRules(Fork.CANCUN).prague()).isFalse();
        assertThat(new ForkRules(Fork.PRAGUE).osaka()).isFalse();
        assertThat(new ForkRules(Fork.OSAKA).amsterdam()).isFalse();
        assertThat(new ForkRules(Fork.AMSTERDAM).amsterdam()).isTrue();
    }
}
