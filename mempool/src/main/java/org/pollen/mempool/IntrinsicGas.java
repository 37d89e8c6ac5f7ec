package org.pollen.mempool;

/// What a transaction costs before any code runs, and the floor that its data sets.
///
/// Neither can pass 64 bits: the lengths are of arrays, and no byte costs more than 4096.
///
/// Source: EIP-2028, 2930, 3860, 7623, 7702; mempool specification 3.7.
public final class IntrinsicGas {
    private IntrinsicGas() {}

    /// Gas that is used whatever happens.
    public static long of(Transaction tx, ForkRules rules) {
        long zeros = tx.dataZeros();
        long others = tx.dataLength() - zeros;
        long gas = base(tx, rules) + 4 * zeros;
        gas += (rules.fork().isAtLeast(Fork.ISTANBUL) ? 16 : 68) * others;
        if (tx.isCreation() && rules.shanghai()) gas += 2 * ((tx.dataLength() + 31L) / 32);
        long addresses = tx.accessList().size();
        long keys = tx.accessListKeys();
        if (rules.amsterdam()) {
            gas += addresses * (2900 + 1280) + keys * (2000 + 2048);
            return gas + 7816L * tx.authorizations().size();
        }
        return gas + addresses * 2400 + keys * 1900 + 25000L * tx.authorizations().size();
    }

    /// The least gas limit that the data allows, from Prague on.
    public static long floor(Transaction tx, ForkRules rules) {
        if (rules.amsterdam()) {
            long tokens =
                    4L * tx.dataLength()
                            + 80L * tx.accessList().size()
                            + 128L * tx.accessListKeys();
            return base(tx, rules) + 16 * tokens;
        }
        long zeros = tx.dataZeros();
        return 21000L + 10L * (zeros + 4 * (tx.dataLength() - zeros));
    }

    private static long base(Transaction tx, ForkRules rules) {
        Address to = tx.to();
        if (rules.amsterdam()) {
            if (to == null) return 24000;
            if (to.equals(tx.senderOrNull())) return 12000;
            return tx.value().signum() > 0 ? 21000 : 15000;
        }
        return to == null && rules.fork().isAtLeast(Fork.HOMESTEAD) ? 53000 : 21000;
    }
}
