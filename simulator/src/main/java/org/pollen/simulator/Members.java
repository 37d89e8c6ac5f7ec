package org.pollen.simulator;

/// The processes that execute one run together, each some of its partitions; they meet at the end
/// of each window.
///
/// Source: simulator specification 2.8 (b).
interface Members {
    /// How many there are.
    int count();

    /// Which one this is, from 0 on.
    int self();

    /// Hands something to each member and gets what each has for this one. Waits for all of them.
    ///
    /// @param to by member; what is for this one itself comes back
    /// @return by member
    /// @throws MemberLostException if one is lost: then the run is, too
    byte[][] exchange(byte[][] to);

    /// A run of one process.
    Members ALONE =
            new Members() {
                @Override
                public int count() {
                    return 1;
                }

                @Override
                public int self() {
                    return 0;
                }

                @Override
                public byte[][] exchange(byte[][] to) {
                    return to;
                }
            };
}
