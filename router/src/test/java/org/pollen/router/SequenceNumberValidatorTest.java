package org.pollen.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.pollen.peer.PeerId;
import org.pollen.peer.PrivateKey;

class SequenceNumberValidatorTest {
    private static final PeerId A = PrivateKey.generateEd25519(new Random(1)).publicKey().peerId();
    private static final PeerId B = PrivateKey.generateEd25519(new Random(2)).publicKey().peerId();
    private final SequenceNumberValidator validator =
            new SequenceNumberValidator(SequenceNumberValidator.inMemory(2));

    @Test
    @DisplayName(
            "V17, C135: increasing is accepted; equal, lower and replayed is ignored, for each author alone")
    void onlyHigherNumbersAreAccepted() {
        assertThat(validate(A, 5)).isEqualTo(Verdict.ACCEPT);
        assertThat(validate(A, 6)).isEqualTo(Verdict.ACCEPT);
        assertThat(validate(A, 6)).isEqualTo(Verdict.IGNORE);
        assertThat(validate(A, 5)).as("however long after").isEqualTo(Verdict.IGNORE);
        assertThat(validate(B, 5)).isEqualTo(Verdict.ACCEPT);
        assertThat(validate(A, -1)).as("unsigned").isEqualTo(Verdict.ACCEPT);
        assertThat(validate(A, Long.MAX_VALUE)).isEqualTo(Verdict.IGNORE);
    }

    @Test
    @DisplayName(
            "V11, C135: numbers of other than 8 bytes, missing or broken authors are rejected and crash nothing")
    void illSizedNumbersAreRejected() {
        for (int length = 0; length < 12; length++) {
            Verdict expected = length == 8 ? Verdict.ACCEPT : Verdict.REJECT;
            assertThat(validator.validate(fields(A.bytes(), new byte[length]))).isEqualTo(expected);
        }
        assertThat(validator.validate(fields(null, new byte[8]))).isEqualTo(Verdict.REJECT);
        assertThat(validator.validate(fields(new byte[] {1, 2, 3}, new byte[8])))
                .isEqualTo(Verdict.REJECT);
    }

    @Test
    void theStoreIsBounded() {
        validate(A, 5);
        validate(B, 5);
        validate(PrivateKey.generateEd25519(new Random(3)).publicKey().peerId(), 5);

        assertThat(validate(B, 5)).isEqualTo(Verdict.IGNORE);
        assertThat(validate(A, 5)).as("forgotten").isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void aRaceIsDecidedUnderTheLock() {
        var store =
                new SequenceNumberValidator.Store() {
                    int reads;

                    @Override
                    public @Nullable Long get(PeerId author) {
                        return reads++ == 0 ? null : Long.valueOf(9);
                    }

                    @Override
                    public void put(PeerId author, long seqno) {
                        throw new AssertionError("another thread was first");
                    }
                };
        var number = new byte[8];
        number[7] = 9;
        assertThat(new SequenceNumberValidator(store).validate(fields(A.bytes(), number)))
                .isEqualTo(Verdict.IGNORE);
    }

    private Verdict validate(PeerId author, long seqno) {
        var number = new byte[8];
        Bytes.putLong(number, 0, Long.reverseBytes(seqno));
        return validator.validate(fields(author.bytes(), number));
    }

    private static MessageFields fields(byte @Nullable [] from, byte[] seqno) {
        return MessageEncoder.assemble(
                new byte[] @Nullable [] {null, from, null, seqno, null, null, null});
    }
}
