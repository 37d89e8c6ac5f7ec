package org.pollen.node.chain;

import java.util.Optional;
import org.pollen.mempool.Fork;
import org.pollen.mempool.ForkSchedule;

/// When the forks of public networks begin. Source: the chain configurations of go-ethereum.
public final class PublicNetworks {
    private PublicNetworks() {}

    /// The schedule of a network; empty for a chain that is none of them.
    public static Optional<ForkSchedule> forks(long chainId) {
        if (chainId == 1) return Optional.of(mainnet());
        if (chainId == 11_155_111) {
            return Optional.of(
                    later(
                            Fork.LONDON,
                            1_677_557_088L,
                            1_706_655_072L,
                            1_741_159_776L,
                            1_760_427_360L));
        }
        if (chainId == 17_000) {
            return Optional.of(
                    later(
                            Fork.LONDON,
                            1_696_000_704L,
                            1_707_305_664L,
                            1_740_434_112L,
                            1_759_308_480L));
        }
        if (chainId == 560_048) {
            return Optional.of(later(Fork.CANCUN, 0, 0, 1_742_999_832L, 1_761_677_592L));
        }
        return Optional.empty();
    }

    private static ForkSchedule mainnet() {
        return later(Fork.FRONTIER, 1_681_338_455L, 1_710_338_135L, 1_746_612_311L, 1_764_798_551L)
                .atBlock(Fork.HOMESTEAD, 1_150_000)
                .atBlock(Fork.ISTANBUL, 9_069_000)
                .atBlock(Fork.BERLIN, 12_244_000)
                .atBlock(Fork.LONDON, 12_965_000);
    }

    private static ForkSchedule later(
            Fork first, long shanghai, long cancun, long prague, long osaka) {
        return ForkSchedule.always(first)
                .atTime(Fork.SHANGHAI, shanghai)
                .atTime(Fork.CANCUN, cancun)
                .atTime(Fork.PRAGUE, prague)
                .atTime(Fork.OSAKA, osaka);
    }
}
