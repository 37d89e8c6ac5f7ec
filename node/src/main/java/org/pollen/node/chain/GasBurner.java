package org.pollen.node.chain;

import java.util.HexFormat;
import org.pollen.mempool.Address;

/// The one contract of the embedded chain: it loops until its gas is nearly gone.
///
/// Plain transfers use so little of a block that the base fee would only ever fall. Calls of this
/// contract use the gas they were given, so a load generator can fill blocks as it likes. Its code
/// is real and its gas is what the EVM would charge for it:
///
/// ```
/// loop: JUMPDEST  GAS  PUSH2 1000  LT  PUSH1 loop  JUMPI  STOP      22 gas each time
/// ```
public final class GasBurner {
    /// Where it lives.
    public static final Address ADDRESS =
            Address.parse("0x00000000000000000000000000000000000b0bee");

    private static final byte[] CODE = HexFormat.of().parseHex("5b5a6103e81060005700");

    /// Gas of one turn, the least that a call needs.
    static final long GAS_MIN = 22;

    private static final long BEFORE_GAS_IS_READ = 3; // JUMPDEST and GAS itself
    private static final long STOPS_AT = 1000;

    private GasBurner() {}

    /// The code, a copy.
    public static byte[] code() {
        return CODE.clone();
    }

    /// Gas that a call uses of what it has.
    ///
    /// @param available after the intrinsic gas
    /// @return all of it and a failed call if it does not last for one turn
    static long used(long available) {
        if (available < GAS_MIN) return available;
        long over = available - BEFORE_GAS_IS_READ - STOPS_AT;
        long turns = over <= 0 ? 1 : (over + GAS_MIN - 1) / GAS_MIN + 1;
        return turns * GAS_MIN;
    }

    /// Whether a call with so much gas ends well.
    static boolean succeeds(long available) {
        return available >= GAS_MIN;
    }
}
