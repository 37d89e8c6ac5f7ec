package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who signed: mempool specification 3.6 and rows C135 to C137 and C141.
class SignatureTest {
    private static final BigInteger ORDER = SenderRecovery.ORDER;
    private static final TransactionSigner SIGNER =
            new TransactionSigner(HexFormat.of().parseHex("46".repeat(32)));
    private static final StatelessChecks CHAIN_1 =
            new StatelessChecks(BigInteger.ONE, StatelessChecks.PLAIN_TYPES);

    @ParameterizedTest
    @CsvFileSource(resources = "/eip155-vectors.csv")
    @DisplayName("C135: the ten published EIP-155 vectors, by both implementations")
    void c135(String envelope, String sender) throws Exception {
        Transaction tx = TransactionDecoder.decode(HexFormat.of().parseHex(envelope));

        assertThat(CHAIN_1.signedForThisChain(tx)).isTrue();
        assertThat(tx.sender()).hasToString(sender);
        assertThat(tx.recover(SenderRecovery.java())).hasToString(sender);
    }

    @Test
    @DisplayName("EIP-155's worked example: signing hash, v and the envelope with r and s")
    void eip155Example() {
        Transaction tx =
                SIGNER.draft(Transaction.LEGACY, BigInteger.ONE)
                        .nonce(9)
                        .gasPrice(BigInteger.valueOf(20_000_000_000L))
                        .gas(21000)
                        .to(Address.parse("0x3535353535353535353535353535353535353535"))
                        .value(BigInteger.TEN.pow(18))
                        .sign();

        assertThat(HexFormat.of().formatHex(tx.signingHash()))
                .isEqualTo("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
        assertThat(tx.v()).isEqualTo(37);
        assertThat(HexFormat.of().formatHex(tx.raw()))
                .isEqualTo(
                        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3"
                                + "a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa"
                                + "636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
        assertThat(SIGNER.address().checksummed())
                .isEqualTo("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 4})
    @DisplayName("C136: read with another chain it has no valid sender")
    void c136(int type) {
        Transaction tx = draft(type, BigInteger.ONE).sign();
        var rules = new ForkRules(Fork.PRAGUE);
        var chain2 = new StatelessChecks(BigInteger.TWO, StatelessChecks.PLAIN_TYPES);

        assertThat(CHAIN_1.check(tx, rules, 30_000_000, BigInteger.ONE)).isNull();
        assertThat(chain2.check(tx, rules, 30_000_000, BigInteger.ONE))
                .isEqualTo(PoolError.ErrInvalidSender);
        assertThat(
                        chain2.explain(
                                PoolError.ErrInvalidSender, tx, rules, 30_000_000, BigInteger.ONE))
                .isEqualTo("invalid sender: invalid chain id for signer: have 1 want 2");
    }

    @Test
    @DisplayName("C137: protected and unprotected legacy transactions")
    void c137() {
        Transaction named = draft(0, BigInteger.ONE).sign();
        Transaction unnamed = draft(0, BigInteger.ONE).unprotected().sign();

        assertThat(named.isProtected()).isTrue();
        assertThat(named.chainId()).isEqualTo(1);
        assertThat(unnamed.isProtected()).isFalse();
        assertThat(unnamed.chainId()).isEqualTo(0);
        assertThat(unnamed.v().intValue()).isBetween(27, 28);
        assertThat(unnamed.sender()).isEqualTo(SIGNER.address());
        assertThat(CHAIN_1.signedForThisChain(unnamed)).isTrue();
        assertThat(draft(2, BigInteger.ONE).sign().isProtected()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "110",
                "111",
                "9007199254740992",
                "9007199254740993",
                "9223372036854775807",
                "18446744073709551615",
                "36893488147419103233",
                "115792089237316195423570985008687907853269984665640564039457584007913129639935"
            })
    @DisplayName("C141: large chain ids are exact in v and back")
    void c141(BigInteger chainId) {
        Transaction tx = draft(0, chainId).sign();

        assertThat(tx.chainId()).isEqualTo(chainId);
        assertThat(tx.v().subtract(chainId.shiftLeft(1)).intValue()).isBetween(35, 36);
        assertThat(tx.sender()).isEqualTo(SIGNER.address());
        assertThat(draft(2, chainId).sign().chainId()).isEqualTo(chainId);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    0,   false
                    1,   false
                    26,  false
                    27,  true
                    28,  true
                    29,  false
                    34,  false
                    35,  false
                    36,  false
                    37,  true
                    38,  true
                    39,  false
                    255, false
                    256, false
                    """)
    @DisplayName("3.6: which v of a legacy transaction chain 1 takes")
    void legacyV(int v, boolean taken) throws Exception {
        Transaction tx = legacyWith(BigInteger.valueOf(v), BigInteger.ONE, BigInteger.ONE);

        assertThat(CHAIN_1.signedForThisChain(tx) && tx.senderOrNull() != null).isEqualTo(taken);
    }

    @Test
    @DisplayName("3.6: a v of 131,000 bytes costs nothing and recovers nothing")
    void hugeV() throws Exception {
        Transaction tx =
                legacyWith(BigInteger.ONE.shiftLeft(8 * 131_000), BigInteger.ONE, BigInteger.ONE);

        assertThat(tx.senderOrNull()).isNull();
        assertThat(CHAIN_1.signedForThisChain(tx)).isFalse();
        assertThat(
                        CHAIN_1.explain(
                                PoolError.ErrInvalidSender,
                                tx,
                                new ForkRules(Fork.PRAGUE),
                                1,
                                BigInteger.ONE))
                .hasSizeLessThan(200);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    0, true
                    1, true
                    2, false
                    27, false
                    255, false
                    256, false
                    18446744073709551616, false
                    """)
    @DisplayName("3.6: the parity of a typed transaction is 0 or 1, however wide it is written")
    void typedParity(BigInteger parity, boolean taken) throws Exception {
        RlpWriter fields = new RlpWriter().number(1L).number(0L).number(1L).number(1L);
        fields.number(21000L).bytes(new byte[20]).number(0L).bytes(new byte[0]);
        fields.list(new RlpWriter()).number(parity).number(BigInteger.ONE).number(BigInteger.ONE);

        Transaction tx = TransactionDecoder.decode(fields.toEnvelope(2));

        assertThat(tx.senderOrNull() != null).isEqualTo(taken);
    }

    @Test
    @DisplayName("3.6: 1 <= r < n and 1 <= s <= n/2; at, one below, one above")
    void ranges() throws Exception {
        BigInteger half = ORDER.shiftRight(1);
        BigInteger r = BigInteger.ONE;

        assertThat(sender(BigInteger.ZERO, half)).isFalse();
        assertThat(sender(r, BigInteger.ZERO)).isFalse();
        assertThat(sender(r, BigInteger.ONE)).isTrue();
        assertThat(sender(r, half.subtract(BigInteger.ONE))).isTrue();
        assertThat(sender(r, half)).isTrue();
        assertThat(sender(r, half.add(BigInteger.ONE))).isFalse();
        assertThat(sender(ORDER, half)).isFalse();
        assertThat(sender(ORDER.add(BigInteger.ONE), half)).isFalse();
        assertThat(sender(largestX(), half)).isTrue();
        assertThat(sender(BigInteger.valueOf(5), half)).as("x = 5 is on no point").isFalse();
    }

    @Test
    void bothImplementationsGiveTheSameAnswers() {
        assertThat(SenderRecovery.best().name())
                .as("this machine has the library")
                .isEqualTo("native");
        assertThat(SenderRecovery.java().name()).isEqualTo("java");
        var random = new Random(256);
        int found = 0;
        for (int i = 0; i < 400; i++) {
            byte[] hash = new byte[32];
            random.nextBytes(hash);
            if (i % 10 == 0) hash = ORDER.toByteArray().length == 33 ? tail(ORDER) : hash;
            if (i % 10 == 1) hash = new byte[32];
            BigInteger r = number(random, i % 4 == 0 ? 16 : 256);
            BigInteger s = number(random, i % 3 == 0 ? 256 : 255);
            int parity = i & 1;

            Address expected = SenderRecovery.java().recover(hash, r, s, parity);

            assertThat(SenderRecovery.best().recover(hash, r, s, parity))
                    .as("hash %s r %s s %s parity %d", HexFormat.of().formatHex(hash), r, s, parity)
                    .isEqualTo(expected);
            if (expected != null) found++;
        }
        assertThat(found).as("both outcomes happen").isBetween(50, 350);
    }

    @Test
    void whereTheSumIsThePointAtInfinityNobodySigned() {
        // With R = G (r = x of G), s = 1 and hash = 1: s*R - hash*G is infinity for even parity.
        BigInteger r = new BigInteger(1, JavaRecovery.GENERATOR.getEncoded(true), 1, 32);
        int parity = JavaRecovery.GENERATOR.getEncoded(true)[0] - 2;
        byte[] hash = new byte[32];
        hash[31] = 1;

        assertThat(SenderRecovery.java().recover(hash, r, BigInteger.ONE, parity)).isNull();
        assertThat(SenderRecovery.best().recover(hash, r, BigInteger.ONE, parity)).isNull();
    }

    @Test
    void signaturesAreDeterministicLowAndRecoverTheirSigner() {
        var random = new Random(6979);
        for (int i = 0; i < 30; i++) {
            byte[] key = new byte[32];
            random.nextBytes(key);
            var signer = new TransactionSigner(key);
            int type = new int[] {0, 1, 2, 3, 4}[i % 5];

            Transaction once = signer.draft(type, BigInteger.ONE).to(signer.address()).sign();
            Transaction again = signer.draft(type, BigInteger.ONE).to(signer.address()).sign();

            assertThat(once.raw()).isEqualTo(again.raw());
            assertThat(once.s()).isLessThanOrEqualTo(SenderRecovery.HALF_ORDER);
            assertThat(once.sender()).isEqualTo(signer.address());
        }
    }

    @Test
    void keysOutsideTheCurveAreRefused() {
        assertThatThrownBy(() -> new TransactionSigner(new byte[32]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TransactionSigner(new byte[31]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TransactionSigner(tail(ORDER)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new TransactionSigner(tail(ORDER.subtract(BigInteger.ONE))).address())
                .isNotNull();
    }

    @Test
    void draftsThatCannotBeEncodedAreRefused() {
        assertThatThrownBy(() -> SIGNER.draft(5, BigInteger.ONE))
                .hasMessage("type is 5: it must be from 0 to 4");
        assertThatThrownBy(() -> SIGNER.draft(-1, BigInteger.ONE))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SIGNER.draft(4, BigInteger.ONE).sign())
                .as("a set-code transaction without recipient")
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anAuthorizationIsRecoveredAndNamedOnce() {
        var other = new TransactionSigner(Keccak256.hash(new byte[] {2}));
        Authorization first = SIGNER.authorize(BigInteger.ZERO, other.address(), 3);
        Authorization second = other.authorize(BigInteger.ONE, SIGNER.address(), -1);
        var high =
                new Authorization(
                        BigInteger.ONE,
                        other.address(),
                        0,
                        0,
                        BigInteger.ONE,
                        ORDER.subtract(BigInteger.ONE));
        var parity2 =
                new Authorization(BigInteger.ONE, other.address(), 0, 2, first.r(), first.s());

        Transaction tx =
                draft(4, BigInteger.ONE)
                        .authorizations(List.of(second, first, high, parity2, first))
                        .sign();

        assertThat(tx.authorities()).containsExactly(other.address(), SIGNER.address());
        assertThat(tx.authorities()).isSameAs(tx.authorities());
        assertThat(tx.authorizations()).containsExactly(second, first, high, parity2, first);
        assertThat(TransactionSigner.addresses(List.of(SIGNER, other)))
                .containsExactly(SIGNER.address(), other.address());
    }

    @Test
    void theSenderIsRecoveredOnceHoweverManyThreadsAsk() {
        Transaction tx = draft(2, BigInteger.ONE).sign();

        List<Address> senders =
                IntStream.range(0, 64).parallel().mapToObj(_ -> tx.sender()).toList();

        for (Address sender : senders) assertThat(sender).isSameAs(tx.sender());
        Transaction nobody = legacyUnchecked();
        assertThat(nobody.senderOrNull()).isNull();
        assertThat(nobody.senderOrNull()).isNull();
        assertThatThrownBy(nobody::sender).isInstanceOf(IllegalStateException.class);
    }

    private static Transaction legacyUnchecked() {
        try {
            return legacyWith(BigInteger.valueOf(37), BigInteger.ZERO, BigInteger.ZERO);
        } catch (TransactionRefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static TransactionSigner.Draft draft(int type, BigInteger chainId) {
        TransactionSigner.Draft draft =
                SIGNER.draft(type, chainId).to(SIGNER.address()).gas(100_000);
        if (type == 4) {
            draft.authorizations(List.of(SIGNER.authorize(chainId, SIGNER.address(), 0)));
        }
        return draft;
    }

    private static boolean sender(BigInteger r, BigInteger s) throws Exception {
        var answers = new ArrayList<Boolean>();
        for (long v = 37; v <= 38; v++) {
            Transaction tx = legacyWith(BigInteger.valueOf(v), r, s);
            Address sender = tx.senderOrNull();
            assertThat(tx.recover(SenderRecovery.java())).isEqualTo(sender);
            answers.add(sender != null);
        }
        assertThat(answers.get(0)).isEqualTo(answers.get(1));
        return answers.getFirst();
    }

    private static Transaction legacyWith(BigInteger v, BigInteger r, BigInteger s)
            throws TransactionRefusedException {
        RlpWriter fields = new RlpWriter().number(0L).number(1L).number(21000L);
        fields.bytes(new byte[20]).number(0L).bytes(new byte[0]);
        return TransactionDecoder.decode(fields.number(v).number(r).number(s).toEnvelope(0));
    }

    /// The largest x below the order that is on the curve.
    private static BigInteger largestX() {
        for (BigInteger x = ORDER.subtract(BigInteger.ONE); ; x = x.subtract(BigInteger.ONE)) {
            byte[] signature = new byte[64];
            System.arraycopy(tail(x), 0, signature, 0, 32);
            signature[63] = 1;
            if (SenderRecovery.java().recoverKey(new byte[32], signature, 0) != null) return x;
        }
    }

    private static BigInteger number(Random random, int bits) {
        return new BigInteger(bits, random);
    }

    private static byte[] tail(BigInteger value) {
        byte[] bytes = value.toByteArray();
        byte[] out = new byte[32];
        int length = Math.min(32, bytes.length);
        System.arraycopy(bytes, bytes.length - length, out, 32 - length, length);
        return out;
    }
}
