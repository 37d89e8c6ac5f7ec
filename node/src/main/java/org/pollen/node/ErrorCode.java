package org.pollen.node;

import java.util.Locale;

/// Everything that can go wrong for the person at the keyboard, with the exit code it ends in.
///
/// Each code has an anchor of its own in `docs/errors.md`; a test compares the two.
///
/// Source: operations.md 3.1.
public enum ErrorCode {
    /// No JDK that is new enough; raised by the launcher, before any Java runs.
    ENV_001(4),
    /// Maven is missing; raised by the launcher.
    ENV_002(4),
    /// The build failed; raised by the launcher.
    ENV_003(4),
    /// A command line that cannot be understood.
    USE_001(2),
    /// A configuration file that is not there.
    CFG_001(3),
    /// A configuration file that is not TOML.
    CFG_002(3),
    /// A value of the wrong type or out of range.
    CFG_003(3),
    /// A key nobody knows.
    CFG_004(3),
    /// Two settings that cannot both hold.
    CFG_005(3),
    /// A key file that cannot be read or does not hold a key.
    KEY_001(4),
    /// A key file that others than its owner can read.
    KEY_002(4),
    /// A corrupt key.
    KEY_003(4),
    /// A port that cannot be listened on.
    NET_001(4),
    /// A node that does not answer.
    NET_002(5),
    /// A peer that speaks another dialect.
    NET_003(1),
    /// A data directory that another process holds.
    DAT_001(4),
    /// A data directory written by a newer version.
    DAT_002(4),
    /// A file that cannot be read or written.
    DAT_003(4),
    /// An address book that cannot be used: set aside, the node goes on.
    DAT_004(4),
    /// A journal of local transactions that must not be written over.
    DAT_005(4),
    /// A chain source that cannot be reached.
    CHN_001(1),
    /// A chain with another id than configured.
    CHN_002(3),
    /// Pool input that is not in the expected form.
    POOL_001(3),
    /// A trace file that is none, or is damaged.
    TRC_001(3),
    /// A scenario or parameter file that is not valid.
    SIM_001(3),
    /// A condition given with `--assert` that did not hold, or could not be read.
    RUN_001(1),
    /// A defect of Pollen.
    INT_001(1);

    private final int exitCode;

    ErrorCode(int exitCode) {
        this.exitCode = exitCode;
    }

    /// What the process exits with: 1 to 6, as operations.md 3 lists them.
    public int exitCode() {
        return exitCode;
    }

    /// The code as people write it, `NET-001`.
    public String text() {
        return name().replace('_', '-');
    }

    /// Where it is explained, `docs/errors.md#net-001`.
    public String doc() {
        return "docs/errors.md#" + text().toLowerCase(Locale.ROOT);
    }
}
