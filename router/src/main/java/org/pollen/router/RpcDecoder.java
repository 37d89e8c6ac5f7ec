package org.pollen.router;

import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.ProtoReader;

/// Scans received frames into [Rpc]s: checks structure and limits, notes offsets, computes message
/// ids.
///
/// The scan builds no object for any element and stops at the first limit that is passed, so what a
/// frame costs is bounded by its length, whatever it claims to hold. Ids are computed last, once
/// everything else was found to be in order. An element whose mask is too long or has too many bits
/// is left out and counted; the rest of the RPC stands. Fields we do not know are skipped. One
/// decoder for each thread; it allocates nothing once the tables of the RPC have grown.
///
/// Source: router specification 1.1, 2.2, 2.3, 2.5.
public final class RpcDecoder {
    private static final int TEST_EXTENSION = 6492434;

    private final Dialect dialect;
    private final RpcLimits limits;
    private final MessageIdentifier ids;
    private final RecentMessages recent;
    private final ProtoReader rpcReader = new ProtoReader(new byte[0], 0, 0);
    private final ProtoReader partReader = new ProtoReader(new byte[0], 0, 0);
    private final ProtoReader entryReader = new ProtoReader(new byte[0], 0, 0);
    private final ProtoReader peerReader = new ProtoReader(new byte[0], 0, 0);
    private int subscriptions;
    private int messages;
    private int controlEntries;
    private int controlBytes;
    private int idCount;

    /// A decoder for one thread.
    ///
    /// @param scheme how messages are named
    /// @param hasher the secret that all tables of the router share
    public RpcDecoder(
            Dialect dialect, RpcLimits limits, MessageIdScheme scheme, MessageKeyHasher hasher) {
        this(dialect, limits, scheme, hasher, new RecentMessages(0));
    }

    /// A decoder of a router, which knows what came lately.
    RpcDecoder(
            Dialect dialect,
            RpcLimits limits,
            MessageIdScheme scheme,
            MessageKeyHasher hasher,
            RecentMessages recent) {
        this.dialect = dialect;
        this.limits = limits;
        this.ids = new MessageIdentifier(scheme, hasher);
        this.recent = recent;
    }

    /// Scans the body of a frame.
    ///
    /// @param array kept by the RPC: must not change any more
    /// @param into forgets what it held; its content is undefined unless null is returned
    /// @return null, or the limit that was passed: the RPC is to be dropped and the peer charged
    /// @throws MalformedException if this is no RPC: the stream is to be reset
    public @Nullable RpcRefusal decode(byte[] array, int offset, int length, Rpc into)
            throws MalformedException {
        if (length > limits.frameBytesMax()) {
            throw new MalformedException(
                    "rpc of "
                            + length
                            + " bytes: at most "
                            + limits.frameBytesMax()
                            + " are allowed");
        }
        into.begin(array, offset, length);
        subscriptions = 0;
        messages = 0;
        controlEntries = 0;
        controlBytes = 0;
        idCount = 0;
        ProtoReader r = rpcReader.reset(array, offset, length);
        while (r.next()) {
            RpcRefusal refusal =
                    switch (r.field()) {
                        case 1 -> subscription(r, into);
                        case 2 -> message(r, into);
                        case 3 -> control(r, into);
                        case 10 -> partial(r, into);
                        case TEST_EXTENSION -> testMessage(r, into);
                        default -> null;
                    };
            if (refusal != null) return refusal;
        }
        into.identify(ids, recent);
        return null;
    }

    private @Nullable RpcRefusal subscription(ProtoReader rpc, Rpc into) throws MalformedException {
        ProtoReader r = sub(rpc, partReader);
        if (++subscriptions > limits.subscriptionsMax()) return RpcRefusal.SUBSCRIPTIONS;
        int maskOffset = 0;
        int maskLength = 0;
        int flags = 0;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> flags = flag(flags, 1, r.bool());
                case 2 -> {
                    r.expectBytes();
                    maskOffset = r.start();
                    maskLength = r.length();
                }
                case 3 -> flags = partialFlag(flags, 2, r);
                case 4 -> flags = partialFlag(flags, 4, r);
                default -> {} // unknown
            }
        }
        if (legalMask(r.buffer(), maskOffset, maskLength)) {
            into.addSubscription(maskOffset, maskLength, flags);
        } else {
            into.countMalformed();
        }
        return null;
    }

    private int partialFlag(int flags, int bit, ProtoReader r) throws MalformedException {
        return dialect == Dialect.MESHSUB ? flag(flags, bit, r.bool()) : flags;
    }

    private static int flag(int flags, int bit, boolean set) {
        return set ? flags | bit : flags & ~bit;
    }

    private @Nullable RpcRefusal message(ProtoReader rpc, Rpc into) throws MalformedException {
        ProtoReader r = sub(rpc, partReader);
        if (++messages > limits.messagesMax()) return RpcRefusal.MESSAGES;
        int encoded = rpc.fieldEnd() - rpc.fieldStart();
        // Only what we would write ourselves is passed on as it came: no unknown fields, which we
        // must not relay, no
        // repeated ones, of which others may take another, no padded lengths.
        boolean canonical = encoded == Bytes.fieldSize(rpc.length());
        into.beginMessage(rpc.fieldStart(), encoded);
        int maskOffset = 0;
        int maskLength = 0;
        while (r.next()) {
            int field = r.field();
            if (field > MessageFields.KEY) {
                canonical = false;
                continue;
            }
            r.expectBytes();
            canonical &= !into.hasMessageField(field);
            canonical &= r.fieldEnd() - r.fieldStart() == Bytes.fieldSize(r.length());
            into.messageField(field, r.start(), r.length());
            if (field == MessageFields.MASK) {
                maskOffset = r.start();
                maskLength = r.length();
            }
        }
        if (legalMask(r.buffer(), maskOffset, maskLength)) {
            into.endMessage(canonical ? Rpc.CANONICAL : 0);
        } else {
            into.countMalformed();
        }
        return null;
    }

    private @Nullable RpcRefusal control(ProtoReader rpc, Rpc into) throws MalformedException {
        ProtoReader r = sub(rpc, partReader);
        controlBytes += rpc.length();
        if (controlBytes > limits.controlBytesMax()) return RpcRefusal.CONTROL_BYTES;
        into.beginControl();
        while (r.next()) {
            int field = r.field();
            if (field < 1 || field > 6 || (field == 6 && dialect != Dialect.MESHSUB)) continue;
            if (++controlEntries > limits.controlEntriesMax()) return RpcRefusal.CONTROL_ENTRIES;
            ProtoReader entry = sub(r, entryReader);
            RpcRefusal refusal =
                    switch (field) {
                        case 1 -> ihave(entry, into);
                        case 2, 5 -> idList(entry, into, field == 2);
                        case 3 -> graft(entry, into);
                        case 4 -> prune(entry, into);
                        default -> extensions(entry, into);
                    };
            if (refusal != null) return refusal;
        }
        return null;
    }

    private @Nullable RpcRefusal ihave(ProtoReader r, Rpc into) throws MalformedException {
        int first = into.ihaveIdEnd();
        int maskOffset = 0;
        int maskLength = 0;
        while (r.next()) {
            if (r.field() == 1) {
                r.expectBytes();
                maskOffset = r.start();
                maskLength = r.length();
            } else if (r.field() == 2) {
                RpcRefusal refusal = countId(r);
                if (refusal != null) return refusal;
                into.addIhaveId(r.start(), r.length());
            }
        }
        if (legalMask(r.buffer(), maskOffset, maskLength)) {
            into.addIhave(maskOffset, maskLength, first);
        } else {
            into.dropIhaveIds(first);
            into.countMalformed();
        }
        return null;
    }

    private @Nullable RpcRefusal idList(ProtoReader r, Rpc into, boolean iwant)
            throws MalformedException {
        while (r.next()) {
            if (r.field() != 1) continue;
            RpcRefusal refusal = countId(r);
            if (refusal != null) return refusal;
            if (iwant) into.addIwant(r.start(), r.length());
            else into.addIdontwant(r.start(), r.length());
        }
        return null;
    }

    private @Nullable RpcRefusal countId(ProtoReader r) throws MalformedException {
        r.expectBytes();
        if (r.length() > limits.messageIdBytesMax()) return RpcRefusal.MESSAGE_ID_BYTES;
        return ++idCount > limits.messageIdsMax() ? RpcRefusal.MESSAGE_IDS : null;
    }

    private @Nullable RpcRefusal graft(ProtoReader r, Rpc into) throws MalformedException {
        int maskOffset = 0;
        int maskLength = 0;
        while (r.next()) {
            if (r.field() != 1) continue;
            r.expectBytes();
            maskOffset = r.start();
            maskLength = r.length();
        }
        if (legalMask(r.buffer(), maskOffset, maskLength)) into.addGraft(maskOffset, maskLength);
        else into.countMalformed();
        return null;
    }

    private @Nullable RpcRefusal prune(ProtoReader r, Rpc into) throws MalformedException {
        int firstPeer = into.pxEnd();
        int maskOffset = 0;
        int maskLength = 0;
        long backoff = 0;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> {
                    r.expectBytes();
                    maskOffset = r.start();
                    maskLength = r.length();
                }
                case 2 -> {
                    if (++controlEntries > limits.controlEntriesMax())
                        return RpcRefusal.CONTROL_ENTRIES;
                    offeredPeer(sub(r, peerReader), into);
                }
                case 3 -> backoff = r.varint();
                default -> {} // unknown
            }
        }
        if (legalMask(r.buffer(), maskOffset, maskLength)) {
            into.addPrune(maskOffset, maskLength, firstPeer, backoff);
        } else {
            into.dropPx(firstPeer);
            into.countMalformed();
        }
        return null;
    }

    private static void offeredPeer(ProtoReader r, Rpc into) throws MalformedException {
        int idOffset = 0;
        int idLength = 0;
        int recordOffset = 0;
        int recordLength = 0;
        while (r.next()) {
            if (r.field() == 1) {
                r.expectBytes();
                idOffset = r.start();
                idLength = r.length();
            } else if (r.field() == 2) {
                r.expectBytes();
                recordOffset = r.start();
                recordLength = r.length();
            }
        }
        into.addPx(idOffset, idLength, recordOffset, recordLength);
    }

    private static @Nullable RpcRefusal extensions(ProtoReader r, Rpc into)
            throws MalformedException {
        boolean partialMessages = false;
        boolean testExtension = false;
        while (r.next()) {
            if (r.field() == 10) partialMessages = r.bool();
            else if (r.field() == TEST_EXTENSION) testExtension = r.bool();
        }
        into.setExtensions(partialMessages, testExtension);
        return null;
    }

    private @Nullable RpcRefusal partial(ProtoReader rpc, Rpc into) throws MalformedException {
        if (dialect != Dialect.MESHSUB) return null;
        ProtoReader r = sub(rpc, partReader);
        Mask topic = Mask.EMPTY;
        byte[] group = {};
        byte @Nullable [] message = null;
        byte @Nullable [] metadata = null;
        boolean legal = true;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> {
                    r.expectBytes();
                    legal = legalMask(r.buffer(), r.start(), r.length());
                    if (legal) topic = Mask.of(r.buffer(), r.start(), r.length());
                }
                case 2 -> group = r.bytes(limits.frameBytesMax());
                case 3 -> message = r.bytes(limits.frameBytesMax());
                case 4 -> metadata = r.bytes(limits.frameBytesMax());
                default -> {} // unknown
            }
        }
        if (legal) into.setPartial(new Rpc.PartialMessage(topic, group, message, metadata));
        else into.countMalformed();
        return null;
    }

    private @Nullable RpcRefusal testMessage(ProtoReader rpc, Rpc into) throws MalformedException {
        if (dialect == Dialect.MESHSUB) {
            rpc.expectBytes();
            into.setTestMessage();
        }
        return null;
    }

    private boolean legalMask(byte[] array, int offset, int length) {
        if (length > limits.maskBytesMax()) return false;
        return dialect == Dialect.MESHSUB
                || 8 * length <= limits.maskBitsMax()
                || Mask.bitCount(array, offset, length) <= limits.maskBitsMax();
    }

    private static ProtoReader sub(ProtoReader parent, ProtoReader child)
            throws MalformedException {
        parent.expectBytes();
        return child.reset(parent.buffer(), parent.start(), parent.length());
    }
}
