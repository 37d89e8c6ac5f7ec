package org.pollen.scoring;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// Numbers for people.
final class Texts {
    private Texts() {}

    /// At most three decimals and no trailing zeros: `2`, `0.125`.
    static String number(double value) {
        if (!Double.isFinite(value)) return String.valueOf(value);
        var rounded = BigDecimal.valueOf(value).setScale(3, RoundingMode.HALF_EVEN);
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }
}
