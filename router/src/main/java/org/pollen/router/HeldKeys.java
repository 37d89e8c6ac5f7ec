package org.pollen.router;

/// Keeps the handles of masks alive for as long as a message on them is in the message cache: one
/// reference for each mask and window.
final class HeldKeys {
    private final MaskTable masks;
    private final IntSet[] windows;
    private int newest;

    HeldKeys(MaskTable masks, int windows) {
        this.masks = masks;
        this.windows = new IntSet[windows];
        java.util.Arrays.setAll(this.windows, _ -> new IntSet());
    }

    /// A message with this key went into the newest window.
    void put(int key) {
        if (windows[newest].add(key)) masks.retain(key);
    }

    /// The oldest window was dropped.
    void shift() {
        newest = (newest + 1) % windows.length;
        IntSet oldest = windows[newest];
        for (int i = 0; i < oldest.size(); i++) masks.release(oldest.at(i));
        oldest.clear();
    }
}
