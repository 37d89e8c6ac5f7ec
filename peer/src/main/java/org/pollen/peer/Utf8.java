package org.pollen.peer;

/// Whether bytes are UTF-8, without making text of them.
///
/// Source: RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF.
final class Utf8 {
    private Utf8() {}

    /// Checks `[from, to)`.
    static boolean isValid(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            int lead = bytes[at++];
            if (lead >= 0) continue;
            lead &= 0xff;
            int more = lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
            if (more < 0 || more > to - at) return false;
            // The second byte's range is where overlong forms, surrogates and too much are told.
            int second = bytes[at] & 0xff;
            int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
            int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
            if (second < low || second > high) return false;
            for (int i = 1; i < more; i++) if ((bytes[at + i] & 0xc0) != 0x80) return false;
            at += more;
        }
        return true;
    }
}
