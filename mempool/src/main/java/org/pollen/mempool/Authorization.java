package org.pollen.mempool;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// An account's consent that another account's code stands for it.
///
/// Source: EIP-7702.
///
/// @param chainId chain it is for, 0 for any
/// @param address whose code
/// @param nonce of the authority, unsigned
/// @param yParity 0 to 255 on the wire; only 0 and 1 can be recovered
public record Authorization(
        BigInteger chainId, Address address, long nonce, int yParity, BigInteger r, BigInteger s) {

    /// What the authority signed: keccak256(0x05 ‖ rlp(chainId, address, nonce)).
    public byte[] signingHash() {
        return Keccak256.hash(
                new RlpWriter().number(chainId).bytes(address.bytes()).number(nonce).toEnvelope(5));
    }

    /// Who signed; null if nobody can have.
    @Nullable Address recover(SenderRecovery recovery) {
        return yParity > 1 ? null : recovery.recover(signingHash(), r, s, yParity);
    }
}
