package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// What this node itself wants: its subscriptions and relays, counted by mask and by slice.
///
/// A slice is *joined* while any subscription or relay uses it. It is *single* while one uses
/// exactly it: then its mesh is kept as in gossipsub; a slice used only as part of longer masks is
/// kept by their composite meshes.
final class LocalTopics {
    /// A mask of several bits in use.
    static final class Composite {
        final int handle;
        final int[] slices;

        Composite(int handle, int[] slices) {
            this.handle = handle;
            this.slices = slices;
        }
    }

    /// One mask in use, of any number of bits.
    private static final class Use {
        final int handle;
        int subscriptions;
        int relays;

        Use(int handle) {
            this.handle = handle;
        }

        boolean ended() {
            return subscriptions + relays == 0;
        }
    }

    /// How a slice is used.
    private static final class SliceUse {
        int subscriptions;
        int relays;
        int single;
        final List<Composite> composites = new ArrayList<>(0);
    }

    private final MaskTable masks;
    private final boolean relayAny;
    private final Map<Mask, Use> uses = new LinkedHashMap<>();
    private final Map<Integer, SliceUse> slices = new LinkedHashMap<>();
    private final Map<Integer, Composite> composites = new LinkedHashMap<>();
    private final List<Subscription> subscriptions = new ArrayList<>();
    private @Nullable SliceUse[] byTopic = new @Nullable SliceUse[16];
    private final IntSet joined = new IntSet();
    private int relayed;

    LocalTopics(MaskTable masks, boolean relayAny) {
        this.masks = masks;
        this.relayAny = relayAny;
    }

    /// Adds a use of a mask. Takes a reference to its handle for each mask in use.
    ///
    /// @param relay whether it is a relay and not a subscription
    /// @param joins told each slice that was not joined before, in order
    /// @return the handle of the mask, or -1 if the mask table is full and nothing was done
    int add(Mask mask, boolean relay, IntConsumer joins) {
        Use use = uses.get(mask);
        if (use == null) {
            int handle = masks.intern(mask);
            if (handle < 0) return -1;
            use = new Use(handle);
            uses.put(mask, use);
            if (!masks.isSlice(handle)) addComposite(handle);
        }
        if (relay) use.relays++;
        else use.subscriptions++;
        for (int slice : masks.slices(use.handle)) {
            SliceUse sliceUse = slices.computeIfAbsent(slice, _ -> new SliceUse());
            boolean first = sliceUse.subscriptions + sliceUse.relays == 0;
            if (relay) sliceUse.relays++;
            else sliceUse.subscriptions++;
            if (slice == use.handle) sliceUse.single++;
            if (relay && sliceUse.relays == 1) relayed++;
            if (first) {
                join(slice, sliceUse);
                joins.accept(slice);
            }
        }
        return use.handle;
    }

    /// Ends a use of a mask, which must be in use that way.
    ///
    /// @param leaves told each slice that is no longer joined; its handle is still live then
    void remove(Mask mask, boolean relay, IntConsumer leaves) {
        Use use = uses.get(mask);
        if (use == null || (relay ? use.relays : use.subscriptions) == 0) {
            throw new IllegalStateException(
                    "mask %s has no %s to end".formatted(mask, relay ? "relay" : "subscription"));
        }
        if (relay) use.relays--;
        else use.subscriptions--;
        if (use.ended()) removeComposite(use.handle);
        for (int slice : masks.slices(use.handle)) {
            SliceUse sliceUse = at(slice);
            if (relay) sliceUse.relays--;
            else sliceUse.subscriptions--;
            if (slice == use.handle) sliceUse.single--;
            if (relay && sliceUse.relays == 0) relayed--;
            if (sliceUse.subscriptions + sliceUse.relays == 0) {
                slices.remove(slice);
                byTopic[slice] = null;
                joined.remove(slice);
                leaves.accept(slice);
            }
        }
        if (use.ended()) {
            uses.remove(mask);
            masks.release(use.handle);
        }
    }

    private void addComposite(int handle) {
        var composite = new Composite(handle, masks.slices(handle));
        composites.put(handle, composite);
        for (int slice : composite.slices) {
            slices.computeIfAbsent(slice, _ -> new SliceUse()).composites.add(composite);
        }
    }

    private void removeComposite(int handle) {
        Composite composite = composites.remove(handle);
        if (composite == null) return;
        for (int slice : composite.slices) at(slice).composites.remove(composite);
    }

    private void join(int slice, SliceUse use) {
        if (slice >= byTopic.length) {
            byTopic = java.util.Arrays.copyOf(byTopic, Math.max(slice + 1, byTopic.length * 2));
        }
        byTopic[slice] = use;
        joined.add(slice);
    }

    private SliceUse at(int slice) {
        SliceUse use = slices.get(slice);
        if (use == null) throw new IllegalStateException("slice " + slice + " is not in use");
        return use;
    }

    private @Nullable SliceUse use(int slice) {
        return slice < byTopic.length && slice >= 0 ? byTopic[slice] : null;
    }

    /// Whether a subscription or relay uses a slice.
    boolean joined(int slice) {
        return use(slice) != null;
    }

    boolean joinedAll(int[] slices) {
        for (int slice : slices) {
            if (use(slice) == null) return false;
        }
        return true;
    }

    /// Whether something uses exactly this slice.
    boolean single(int slice) {
        SliceUse use = use(slice);
        return use != null && use.single > 0;
    }

    /// The masks of several bits in use that contain a slice.
    List<Composite> compositesOf(int slice) {
        SliceUse use = use(slice);
        return use == null ? List.of() : use.composites;
    }

    /// The composite with this handle if it is in use.
    @Nullable Composite composite(int handle) {
        return composites.get(handle);
    }

    Iterable<Composite> composites() {
        return composites.values();
    }

    boolean hasComposites() {
        return !composites.isEmpty();
    }

    /// The joined slices, by handle.
    IntSet joined() {
        return joined;
    }

    /// Whether anything is relayed.
    boolean relays() {
        return relayed > 0;
    }

    /// The receive filter: subscribed to every slice, or relaying any of them (or, in the strict
    /// mode, each slice subscribed or relayed).
    boolean accepts(int[] slices) {
        boolean every = true;
        for (int slice : slices) {
            SliceUse use = use(slice);
            if (use != null && use.relays > 0) {
                if (relayAny) return true;
            } else if (use == null) {
                every = false;
            }
        }
        return every;
    }

    boolean relaysAny() {
        return relayAny;
    }

    List<Subscription> subscriptions() {
        return subscriptions;
    }

    /// The masks in use, in the order they came into use.
    List<Mask> masks() {
        return List.copyOf(uses.keySet());
    }

    /// How many subscriptions and relays use a mask as a whole.
    int uses(Mask mask) {
        Use use = uses.get(mask);
        return use == null ? 0 : use.subscriptions + use.relays;
    }

    /// Whether a mask is in use as a whole.
    boolean inUse(Mask mask) {
        return uses.containsKey(mask);
    }
}
