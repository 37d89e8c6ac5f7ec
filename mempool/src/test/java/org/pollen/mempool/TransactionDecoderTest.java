package org.pollen.mempool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Envelope rules, mempool specification 0, and rows C138 to C140.
class TransactionDecoderTest {
    private static final TransactionSigner SIGNER =
            new TransactionSigner(Keccak256.hash(new byte[] {1}));

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    '',   ErrShortTypedTx
                    00,   ErrShortTypedTx
                    02,   ErrShortTypedTx
                    7f,   ErrShortTypedTx
                    80,   ErrRlp
                    c0,   ErrRlp
                    00c0, ErrTxTypeNotSupported
                    05c0, ErrTxTypeNotSupported
                    7fc0, ErrTxTypeNotSupported
                    01c0, ErrRlp
                    0180, ErrRlp
                    02c0, ErrRlp
                    03c0, ErrRlp
                    04c0, ErrRlp
                    03c1c0, ErrRlp
                    """)
    @DisplayName("C138: short, unknown and empty envelopes")
    void c138(String hex, PoolError error) {
        assertThat(refusal(HexFormat.of().parseHex(hex))).isEqualTo(error);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    '',     ErrRlp
                    00,     ErrShortTypedTx
                    02,     ErrShortTypedTx
                    80,     ErrShortTypedTx
                    8102,   ErrRlp
                    8180,   ErrShortTypedTx
                    8202c0, ErrRlp
                    8205c0, ErrTxTypeNotSupported
                    82c0c0, ErrRlp
                    c0,     ErrRlp
                    8202,   ErrRlp
                    """)
    @DisplayName("C138: the same as elements of a list")
    void c138ListElement(String hex, PoolError error) {
        try {
            TransactionDecoder.decodeListElement(HexFormat.of().parseHex(hex));
            throw new AssertionError("decoded");
        } catch (TransactionRefusedException e) {
            assertThat(e.error()).isEqualTo(error);
            assertThat(e.getStackTrace()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    @DisplayName("C139, C140: both forms go round, and the size is the length")
    void c139(int type) throws Exception {
        Transaction tx = full(type);

        Transaction canonical = TransactionDecoder.decode(tx.raw());
        Transaction element = TransactionDecoder.decodeListElement(tx.listElement());
        byte[] padded = new byte[tx.raw().length + 7];
        System.arraycopy(tx.raw(), 0, padded, 3, tx.raw().length);
        Transaction slice = TransactionDecoder.decode(padded, 3, tx.raw().length);

        for (Transaction again : List.of(canonical, element, slice)) {
            assertThat(again)
                    .isEqualTo(tx)
                    .hasSameHashCodeAs(tx)
                    .hasToString("transaction " + tx.hash());
            assertThat(again.raw()).isEqualTo(tx.raw());
            assertThat(again.hash().bytes()).isEqualTo(Keccak256.hash(tx.raw()));
            assertThat(again.size()).isEqualTo(tx.raw().length);
            assertThat(again.slots()).isEqualTo(1);
        }
        assertThat(tx).isNotEqualTo(full(type == 0 ? 1 : 0));
        assertThat(tx.equals(new Object())).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    @DisplayName("0: every field is read where it stands")
    void fields(int type) {
        Transaction tx = full(type);

        assertThat(tx.type()).isEqualTo(type);
        assertThat(tx.chainId()).isEqualTo(1);
        assertThat(tx.nonce()).isEqualTo(-2);
        assertThat(tx.gas()).isEqualTo(123_456);
        assertThat(tx.feeCap()).isEqualTo(type < 2 ? 7 : 1_000_000_007);
        assertThat(tx.tipCap()).isEqualTo(type < 2 ? 7 : 5);
        assertThat(tx.feeCapLong()).isEqualTo(tx.feeCap().longValue());
        assertThat(tx.tipCapLong()).isEqualTo(tx.tipCap().longValue());
        assertThat(tx.to()).isEqualTo(SIGNER.address());
        assertThat(tx.value()).isEqualTo(BigInteger.TWO.pow(255));
        assertThat(tx.data()).isEqualTo(new byte[] {0, 1, 0, 2, 0});
        assertThat(tx.dataLength()).isEqualTo(5);
        assertThat(tx.dataZeros()).isEqualTo(3);
        assertThat(tx.accessList()).isEqualTo(type == 0 ? List.of() : accessList());
        assertThat(tx.accessListKeys()).isEqualTo(type == 0 ? 0 : 2);
        assertThat(tx.blobHashes()).hasSize(type == 3 ? 2 : 0);
        assertThat(tx.blobFeeCap()).isEqualTo(type == 3 ? 9 : 0);
        assertThat(tx.authorizations()).hasSize(type == 4 ? 1 : 0);
        assertThat(tx.sidecar()).isNull();
        assertThat(tx.sender()).isEqualTo(SIGNER.address());
        BigInteger cost = tx.feeCap().multiply(BigInteger.valueOf(123_456)).add(tx.value());
        assertThat(tx.cost())
                .isEqualTo(type == 3 ? cost.add(BigInteger.valueOf(131_072 * 2 * 9L)) : cost);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("0: types 0 to 2 may create")
    void create(int type) {
        Transaction tx = draft(type).to(null).sign();
        assertThat(tx.to()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    @DisplayName("0: types 3 and 4 may not create")
    void noCreate(int type) {
        assertThatThrownBy(() -> draft(type).to(null).sign())
                .hasMessage("rlp: recipient of 0 bytes");
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    19, false
                    20, true
                    21, false
                    1,  false
                    """)
    @DisplayName("0: a recipient has 0 or 20 bytes")
    void recipient(int length, boolean taken) {
        RlpWriter fields = new RlpWriter().number(0L).number(1L).number(21000L);
        fields.bytes(filled(length)).number(0L).bytes(new byte[0]);
        byte[] envelope = fields.number(27L).number(1L).number(1L).toEnvelope(0);

        assertThat(refusal(envelope)).isEqualTo(taken ? null : PoolError.ErrRlp);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    0, 33, true
                    1, 33, true
                    2, 33, true
                    3, 32, true
                    3, 33, false
                    4, 32, true
                    4, 33, false
                    """)
    @DisplayName("0: numbers of types 3 and 4 have at most 32 bytes, others any")
    void wideNumbers(int type, int length, boolean taken) {
        BigInteger wide = new BigInteger(1, filled(length));
        byte[] envelope =
                type == 0 ? draftOf(type).gasPrice(wide).sign().raw() : envelope(type, wide, 0);

        assertThat(refusal(envelope)).isEqualTo(taken ? null : PoolError.ErrRlp);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("0: nonce and gas have at most 8 bytes")
    void nonceAndGas(int field) {
        for (int length : new int[] {7, 8, 9}) {
            RlpWriter fields = new RlpWriter();
            fields.bytes(field == 1 ? filled(length) : filled(1)).number(1L);
            fields.bytes(field == 2 ? filled(length) : filled(1));
            fields.bytes(filled(20)).number(0L).bytes(new byte[0]);
            byte[] envelope = fields.number(27L).number(1L).number(1L).toEnvelope(0);

            assertThat(refusal(envelope)).isEqualTo(length <= 8 ? null : PoolError.ErrRlp);
        }
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    chainId, 32, true
                    chainId, 33, false
                    address, 19, false
                    address, 20, true
                    address, 21, false
                    nonce,   8,  true
                    nonce,   9,  false
                    parity,  1,  true
                    parity,  2,  false
                    r,       32, true
                    r,       33, false
                    s,       32, true
                    s,       33, false
                    """)
    @DisplayName("0: lengths of an authorization's fields")
    void authorization(String field, int length, boolean taken) {
        RlpWriter one = new RlpWriter();
        for (String name : List.of("chainId", "address", "nonce", "parity", "r", "s")) {
            one.bytes(filled(name.equals(field) ? length : name.equals("address") ? 20 : 1));
        }
        byte[] envelope =
                typed(4).list(new RlpWriter())
                        .list(new RlpWriter().list(one))
                        .number(0L)
                        .number(1L)
                        .number(1L)
                        .toEnvelope(4);
        one.number(1L);
        byte[] longer =
                typed(4).list(new RlpWriter())
                        .list(new RlpWriter().list(one))
                        .number(0L)
                        .number(1L)
                        .number(1L)
                        .toEnvelope(4);

        assertThat(refusal(envelope)).isEqualTo(taken ? null : PoolError.ErrRlp);
        assertThat(refusal(longer)).as("a seventh field").isEqualTo(PoolError.ErrRlp);
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    20, 32, true
                    19, 32, false
                    21, 32, false
                    20, 31, false
                    20, 33, false
                    """)
    @DisplayName("0: an access list holds addresses of 20 and keys of 32 bytes")
    void accessListLengths(int address, int key, boolean taken) {
        RlpWriter entry = new RlpWriter().bytes(filled(address));
        entry.list(new RlpWriter().bytes(filled(key)));
        byte[] envelope =
                typed(2).list(new RlpWriter().list(entry))
                        .number(0L)
                        .number(1L)
                        .number(1L)
                        .toEnvelope(2);
        entry.number(1L);
        byte[] longer =
                typed(2).list(new RlpWriter().list(entry))
                        .number(0L)
                        .number(1L)
                        .number(1L)
                        .toEnvelope(2);

        assertThat(refusal(envelope)).isEqualTo(taken ? null : PoolError.ErrRlp);
        assertThat(refusal(longer)).isEqualTo(PoolError.ErrRlp);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    81 05            | a byte with a needless header
                    b8 01 ff         | length with a needless header
                    b8 37            | length with a needless header
                    b9 00 40         | length with a leading zero
                    b9 01            | ends inside a length
                    bc 01 00 00 00 00| length over 4 bytes
                    bb 80 00 00 00   | ends inside an item
                    bb ff ff ff ff   | ends inside an item
                    82 05            | ends inside an item
                    81               | ends inside an item
                    c1               | ends inside an item
                    f8 37            | length with a needless header
                    ''               | ends early
                    """)
    @DisplayName("0: strict RLP")
    void strict(String hex, String why) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        var in = new Rlp(bytes, 0, bytes.length);
        assertThatThrownBy(
                        () -> {
                            if (in.nextIsList()) in.list();
                            else in.skip();
                        })
                .isInstanceOf(TransactionRefusedException.class)
                .hasMessage("rlp: " + why);
    }

    @Test
    @DisplayName("0: kinds, lengths, leading zeros, trailing bytes")
    void kinds() throws Exception {
        assertThatThrownBy(() -> rlp("80").list()).hasMessage("rlp: a string where a list belongs");
        assertThatThrownBy(() -> rlp("c0").bytes(1))
                .hasMessage("rlp: a list where a string belongs");
        assertThatThrownBy(() -> rlp("00").number(0)).hasMessage("rlp: number with a leading zero");
        assertThatThrownBy(() -> rlp("820001").number64())
                .hasMessage("rlp: number with a leading zero");
        assertThatThrownBy(() -> rlp("820101").bytes(1)).hasMessage("rlp: 2 bytes, at most 1");
        assertThatThrownBy(() -> rlp("820101").exactly(3)).hasMessage("rlp: 2 bytes, not 3");
        assertThatThrownBy(() -> rlp("820101").skipExactly(3)).hasMessage("rlp: 2 bytes, not 3");
        assertThatThrownBy(() -> rlp("8080").end()).hasMessage("rlp: 2 bytes too many");
        assertThat(rlp("80").number(0)).isZero();
        assertThat(rlp("8180").number(0)).isEqualTo(128);
        assertThat(rlp("88ffffffffffffffff").number64()).isEqualTo(-1);
        assertThat(rlp("88ffffffffffffffff").number(0))
                .isEqualTo(new BigInteger("18446744073709551615"));
    }

    @Test
    @DisplayName("0: nothing is allocated for a length that is not there")
    void boundedAllocation() {
        byte[] claims = HexFormat.of().parseHex("bb7fffffff00");
        assertThat(refusalOfListElement(claims)).isEqualTo(PoolError.ErrRlp);
        byte[] list = HexFormat.of().parseHex("fb7fffffff00");
        assertThat(refusal(list)).isEqualTo(PoolError.ErrRlp);
    }

    @Test
    @DisplayName("0: the network form of both versions; size with the sidecar, hash without")
    void networkForm() throws Exception {
        Transaction bare = full(3);
        byte[] v0 = wrapped(bare, -1, 1, 1, 1);
        byte[] v1 = wrapped(bare, 1, 2, 2, 256);

        Transaction first = TransactionDecoder.decode(v0);
        Transaction second = TransactionDecoder.decode(v1);

        assertThat(first).isEqualTo(bare).isEqualTo(second);
        assertThat(first.raw()).isEqualTo(bare.raw());
        assertThat(first.size()).isEqualTo(v0.length);
        assertThat(second.slots()).isEqualTo((v1.length + 32_767) / 32_768);
        BlobSidecar sidecar = Objects.requireNonNull(first.sidecar());
        assertThat(sidecar.version()).isZero();
        assertThat(sidecar.blobs()).isEqualTo(1);
        assertThat(sidecar.commitments()).hasSize(1);
        assertThat(sidecar.proofs()).isEqualTo(1);
        BlobSidecar cells = Objects.requireNonNull(second.sidecar());
        assertThat(cells.version()).isEqualTo(1);
        assertThat(cells.proofs()).isEqualTo(256);
        assertThat(cells.commitments().get(1)).hasSize(48);
    }

    @Test
    @DisplayName("0: a network form that is not whole")
    void brokenNetworkForm() {
        Transaction bare = full(3);
        byte[] good = wrapped(bare, 1, 1, 1, 128);

        assertThat(refusal(wrapped(bare, 2, 1, 1, 128))).isEqualTo(PoolError.ErrRlp);
        assertThat(refusal(wrapped(bare, 0, 1, 1, 128))).isEqualTo(PoolError.ErrRlp);
        assertThat(refusal(Arrays.copyOf(good, good.length - 1))).isEqualTo(PoolError.ErrRlp);
        assertThat(refusal(Arrays.copyOf(good, good.length + 1))).isEqualTo(PoolError.ErrRlp);
        RlpWriter tooShort = new RlpWriter().list(new RlpWriter().bytes(new byte[131_071]));
        RlpWriter fields =
                unwrapped(bare)
                        .number(1L)
                        .raw(tooShort.toByteArray(), 0, tooShort.toByteArray().length);
        assertThat(refusal(fields.list(new RlpWriter()).list(new RlpWriter()).toEnvelope(3)))
                .isEqualTo(PoolError.ErrRlp);
        RlpWriter shortCommitment = new RlpWriter().bytes(new byte[47]);
        assertThat(
                        refusal(
                                unwrapped(bare)
                                        .number(1L)
                                        .list(new RlpWriter())
                                        .list(shortCommitment)
                                        .list(new RlpWriter())
                                        .toEnvelope(3)))
                .isEqualTo(PoolError.ErrRlp);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    @DisplayName("0: whatever is cut off or added, it is refused")
    void cut(int type) {
        byte[] raw = full(type).raw();
        for (int length = 0; length < raw.length; length++) {
            assertThat(refusal(Arrays.copyOf(raw, length))).as("%d", length).isNotNull();
        }
        assertThat(refusal(Arrays.copyOf(raw, raw.length + 1))).isEqualTo(PoolError.ErrRlp);
    }

    @Test
    void aFewAccessorsOfAddressesAndHashes() {
        var random = new Random(7);
        for (int i = 0; i < 200; i++) {
            byte[] a = new byte[20];
            byte[] h = new byte[32];
            random.nextBytes(a);
            random.nextBytes(h);
            byte[] b = a.clone();
            byte[] g = h.clone();
            b[random.nextInt(20)] ^= (byte) (1 << random.nextInt(8));
            g[random.nextInt(32)] ^= (byte) (1 << random.nextInt(8));

            assertThat(new Address(a).bytes()).isEqualTo(a);
            assertThat(Address.parse(new Address(a).toString())).isEqualTo(new Address(a));
            assertThat(new Address(a)).isNotEqualTo(new Address(b)).isNotEqualTo("x");
            assertThat(Integer.signum(new Address(a).compareTo(new Address(b))))
                    .isEqualTo(Integer.signum(Arrays.compareUnsigned(a, b)));
            assertThat(new Hash32(h).bytes()).isEqualTo(h);
            assertThat(Hash32.parse(new Hash32(h).toString())).isEqualTo(new Hash32(h));
            assertThat(new Hash32(h)).isNotEqualTo(new Hash32(g)).isNotEqualTo("x");
            assertThat(Integer.signum(new Hash32(h).compareTo(new Hash32(g))))
                    .isEqualTo(Integer.signum(Arrays.compareUnsigned(h, g)));
        }
        assertThatThrownBy(() -> new Hash32(new byte[31]))
                .hasMessage("hash has 31 bytes: it must have 32");
        assertThatThrownBy(() -> new Address(new byte[21]))
                .hasMessage("address has 21 bytes: it must have 20");
        assertThatThrownBy(() -> Address.parse("0X" + "0".repeat(40)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Address.parse("0x" + "g".repeat(40)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Hash32.parse("0x12")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Hash32.parse("1".repeat(66)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Hash32(new byte[32]).word(4))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    /// The examples of EIP-55.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0x52908400098527886E0F7030069857D2E4169EE7",
                "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
                "0xde709f2102306220921060314715629080e2fb77",
                "0x27b1fdb04752bbc536007a920d24acb045561c26",
                "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
                "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"
            })
    void checksummedText(String text) {
        assertThat(Address.parse(text).checksummed()).isEqualTo(text);
    }

    private static Transaction full(int type) {
        return draft(type).sign();
    }

    private static TransactionSigner.Draft draftOf(int type) {
        return SIGNER.draft(type, BigInteger.ONE).to(SIGNER.address());
    }

    private static TransactionSigner.Draft draft(int type) {
        TransactionSigner.Draft draft =
                draftOf(type)
                        .nonce(-2)
                        .gas(123_456)
                        .value(BigInteger.TWO.pow(255))
                        .data(new byte[] {0, 1, 0, 2, 0})
                        .accessList(accessList())
                        .blobs(
                                BigInteger.valueOf(9),
                                List.of(new Hash32(filled(32)), new Hash32(new byte[32])))
                        .authorizations(
                                List.of(
                                        SIGNER.authorize(
                                                BigInteger.ZERO, new Address(filled(20)), -1)));
        return type < 2
                ? draft.gasPrice(BigInteger.valueOf(7))
                : draft.fees(BigInteger.valueOf(1_000_000_007), BigInteger.valueOf(5));
    }

    private static List<AccessListEntry> accessList() {
        return List.of(
                new AccessListEntry(new Address(filled(20)), List.of()),
                new AccessListEntry(
                        new Address(new byte[20]),
                        List.of(new Hash32(new byte[32]), new Hash32(filled(32)))));
    }

    /// The fields of a typed transaction up to the data.
    private static RlpWriter typed(int type) {
        RlpWriter fields = new RlpWriter().number(1L).number(0L).number(1L);
        if (type > 1) fields.number(1L);
        return fields.number(21000L).bytes(filled(20)).number(0L).bytes(new byte[0]);
    }

    /// A typed envelope with a fee cap of its own.
    private static byte[] envelope(int type, BigInteger feeCap, long nonce) {
        RlpWriter fields = new RlpWriter().number(1L).number(nonce);
        if (type > 1) fields.number(1L);
        fields.number(feeCap).number(21000L).bytes(filled(20)).number(0L).bytes(new byte[0]);
        fields.list(new RlpWriter());
        if (type == 3) fields.number(1L).list(new RlpWriter());
        if (type == 4) fields.list(new RlpWriter());
        return fields.number(0L).number(1L).number(1L).toEnvelope(type);
    }

    private static RlpWriter unwrapped(Transaction bare) {
        return new RlpWriter().raw(bare.raw(), 1, bare.raw().length - 1);
    }

    /// @param version -1 for none, which is version 0
    private static byte[] wrapped(
            Transaction bare, int version, int blobs, int commitments, int proofs) {
        RlpWriter fields = unwrapped(bare);
        if (version >= 0) fields.number((long) version);
        return fields.list(repeated(131_072, blobs))
                .list(repeated(48, commitments))
                .list(repeated(48, proofs))
                .toEnvelope(3);
    }

    private static RlpWriter repeated(int bytes, int times) {
        var list = new RlpWriter();
        for (int i = 0; i < times; i++) list.bytes(new byte[bytes]);
        return list;
    }

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0x5a);
        return bytes;
    }

    private static Rlp rlp(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return new Rlp(bytes, 0, bytes.length);
    }

    private static @org.jspecify.annotations.Nullable PoolError refusal(byte[] envelope) {
        try {
            TransactionDecoder.decode(envelope);
            return null;
        } catch (TransactionRefusedException e) {
            return e.error();
        }
    }

    private static @org.jspecify.annotations.Nullable PoolError refusalOfListElement(byte[] bytes) {
        try {
            TransactionDecoder.decodeListElement(bytes);
            return null;
        } catch (TransactionRefusedException e) {
            return e.error();
        }
    }
}
