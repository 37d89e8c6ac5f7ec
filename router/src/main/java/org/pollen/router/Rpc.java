package org.pollen.router;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One received RPC: the array it came in and tables of offsets into it. Nothing is copied out of
/// the array, and no object is made for an element until someone asks for one.
///
/// Filled by [RpcDecoder] on a connection's thread, then handed to the router's thread, which may
/// give it back for the next frame: its tables are reused. The array must not change as long as the
/// RPC, or a message taken from it, is used.
///
/// Tables are indexed by element. A mask that was absent has length 0.
public final class Rpc {
    /// Flag of a message: only known fields, each once, with minimal lengths: its bytes can be
    /// forwarded as they are.
    static final int CANONICAL = 1;

    private static final int FIELDS =
            2; // where the (offset, length) pairs of the six fields begin in a row
    private static final int FLAGS = FIELDS + 12;
    private static final int ID = FLAGS + 1;
    private static final int ROW = ID + 2;
    private static final int KEEP = 4096; // tables that grew beyond this many words are not kept

    // Tables are made when they are needed: most RPCs hold one message and nothing else.
    private static final byte[] NO_BYTES = {};
    private static final int[] NO_INTS = {};
    private static final long[] NO_LONGS = {};

    byte[] array = NO_BYTES;
    int offset;
    int length;

    int messageCount;
    private int[] rows = NO_INTS;
    private long[] idKeys = NO_LONGS;
    private byte[] idBytes = NO_BYTES;
    private int idEnd;

    int subscriptionCount;
    private int[] subscriptions = NO_INTS; // offset, length, flags

    private int ihaveCount;
    private int[] ihaves = NO_INTS; // offset, length, first id, end of ids
    private int idCount; // of all IHAVE entries
    private int[] ids = NO_INTS; // offset, length
    private int iwantCount;
    private int[] iwants = NO_INTS; // offset, length
    private int idontwantCount;
    private int[] idontwants = NO_INTS;
    private int graftCount;
    private int[] grafts = NO_INTS;
    private int pruneCount;
    private int[] prunes = NO_INTS; // offset, length, first peer, end of peers
    private long[] backoffs = NO_LONGS;
    private int pxCount;
    private int[] pxPeers = NO_INTS; // id offset, length, record offset, length
    private int controlEntries;
    private boolean hasControl;
    private boolean hasExtensions;
    private boolean partialMessages;
    private boolean testExtension;
    private boolean testMessage;
    private @Nullable PartialMessage partial;
    private int malformedElements;

    private final Row row = new Row();

    /// The one message of an RPC that never was bytes; see [#carry].
    private @Nullable RpcMessage carried;

    /// An empty RPC, to be filled.
    public Rpc() {}

    /// Makes this the RPC that holds one message and nothing else, without encoding or decoding it:
    /// in a simulation every receiver shares the message object. To the router it is the same as
    /// the decoded bytes of the message.
    public Rpc carry(RpcMessage message) {
        begin(message.array(), message.encodedOffset(), message.encodedLength());
        beginMessage(message.encodedOffset(), message.encodedLength());
        for (int f = MessageFields.FROM; f <= MessageFields.KEY; f++) {
            int at = message.offset(f);
            if (at >= 0) messageField(f, at, message.length(f));
        }
        endMessage(CANONICAL);
        if (idKeys.length == 0) idKeys = new long[2];
        idKeys[0] = message.idHi();
        idKeys[1] = message.idLo();
        carried = message;
        return this;
    }

    /// The array that all offsets are into.
    public byte[] array() {
        return array;
    }

    /// Length of the frame's body.
    public int length() {
        return length;
    }

    /// Elements that were skipped because a mask of theirs is longer, or has more bits, than
    /// allowed, or because they have no message id.
    public int malformedElements() {
        return malformedElements;
    }

    // ---- messages

    /// How many messages there are.
    public int messageCount() {
        return messageCount;
    }

    /// The fields of a message, for immediate use: the next call moves the same cursor.
    public MessageFields fields(int message) {
        row.at = checked(message) * ROW;
        return row;
    }

    /// One half of the key of the message's id.
    public long idHi(int message) {
        return idKeys[2 * checked(message)];
    }

    /// The other half.
    public long idLo(int message) {
        return idKeys[2 * checked(message) + 1];
    }

    /// A copy of the message's id.
    public byte[] messageId(int message) {
        if (carried != null) return carried.id().clone();
        int at = checked(message) * ROW + ID;
        return Arrays.copyOfRange(idBytes, rows[at], rows[at] + rows[at + 1]);
    }

    /// Where a message's mask begins in the array; 0 if it is absent.
    public int maskOffset(int message) {
        return Math.max(0, rows[checked(message) * ROW + FIELDS + 2 * (MessageFields.MASK - 1)]);
    }

    /// How long a message's mask is.
    public int maskLength(int message) {
        return rows[checked(message) * ROW + FIELDS + 2 * (MessageFields.MASK - 1) + 1];
    }

    /// Length of a message's payload.
    public int dataLength(int message) {
        return rows[checked(message) * ROW + FIELDS + 2 * (MessageFields.DATA - 1) + 1];
    }

    /// Length of a message as it was encoded, with tag and length.
    public int encodedLength(int message) {
        return rows[checked(message) * ROW + 1];
    }

    /// A message as an object of its own that stays valid when this RPC is reused.
    ///
    /// Its encoded bytes are those received, unless they hold what must not be passed on (unknown
    /// or repeated fields): then it is encoded anew from the fields we know.
    public RpcMessage message(int message) {
        if (carried != null) return carried;
        MessageFields fields = fields(message);
        int at = message * ROW;
        byte[] id = messageId(message);
        if ((rows[at + FLAGS] & CANONICAL) == 0) {
            return MessageEncoder.encode(fields, id, idHi(message), idLo(message));
        }
        return new RpcMessage(
                array, rows[at], rows[at + 1], fields, 0, id, idHi(message), idLo(message));
    }

    private int checked(int message) {
        assert message >= 0 && message < messageCount;
        return message;
    }

    // ---- subscriptions

    /// How many announcements there are.
    public int subscriptionCount() {
        return subscriptionCount;
    }

    /// An announcement as a value.
    public SubOpts subscription(int i) {
        int flags = subscriptions[3 * i + 2];
        return new SubOpts(
                (flags & 1) != 0, mask(subscriptions, 3 * i), (flags & 2) != 0, (flags & 4) != 0);
    }

    /// All announcements in order.
    public List<SubOpts> subscriptions() {
        var list = new ArrayList<SubOpts>(subscriptionCount);
        for (int i = 0; i < subscriptionCount; i++) list.add(subscription(i));
        return list;
    }

    // ---- control

    /// Whether a control part was there, even an empty one.
    public boolean hasControl() {
        return hasControl;
    }

    /// How many IHAVE entries there are.
    public int ihaveCount() {
        return ihaveCount;
    }

    public int ihaveMaskOffset(int i) {
        return Math.max(0, ihaves[4 * i]);
    }

    public int ihaveMaskLength(int i) {
        return ihaves[4 * i + 1];
    }

    /// The ids of an IHAVE entry are numbers [#ihaveFirst] up to, not including, [#ihaveEnd].
    public int ihaveFirst(int i) {
        return ihaves[4 * i + 2];
    }

    public int ihaveEnd(int i) {
        return ihaves[4 * i + 3];
    }

    /// Where the id with this number, over all IHAVE entries, begins in the array.
    public int ihaveIdOffset(int id) {
        return ids[2 * id];
    }

    public int ihaveIdLength(int id) {
        return ids[2 * id + 1];
    }

    /// How many ids all IWANT entries ask for.
    public int iwantCount() {
        return iwantCount;
    }

    public int iwantOffset(int i) {
        return iwants[2 * i];
    }

    public int iwantLength(int i) {
        return iwants[2 * i + 1];
    }

    /// How many ids all IDONTWANT entries list.
    public int idontwantCount() {
        return idontwantCount;
    }

    public int idontwantOffset(int i) {
        return idontwants[2 * i];
    }

    public int idontwantLength(int i) {
        return idontwants[2 * i + 1];
    }

    /// How many GRAFT entries there are.
    public int graftCount() {
        return graftCount;
    }

    public int graftMaskOffset(int i) {
        return Math.max(0, grafts[2 * i]);
    }

    public int graftMaskLength(int i) {
        return grafts[2 * i + 1];
    }

    /// The topic of a GRAFT entry as a value.
    public Mask graftMask(int i) {
        return mask(grafts, 2 * i);
    }

    /// How many PRUNE entries there are.
    public int pruneCount() {
        return pruneCount;
    }

    public int pruneMaskOffset(int i) {
        return Math.max(0, prunes[4 * i]);
    }

    public int pruneMaskLength(int i) {
        return prunes[4 * i + 1];
    }

    /// The topic of a PRUNE entry as a value.
    public Mask pruneMask(int i) {
        return mask(prunes, 4 * i);
    }

    /// The seconds of a PRUNE entry as they came, unsigned: see [Backoffs#fromWire].
    public long pruneBackoff(int i) {
        return backoffs[i];
    }

    /// The peers a PRUNE entry offers.
    public List<PxPeer> prunePeers(int i) {
        var peers = new ArrayList<PxPeer>(prunes[4 * i + 3] - prunes[4 * i + 2]);
        for (int p = prunes[4 * i + 2]; p < prunes[4 * i + 3]; p++) {
            int at = 4 * p;
            byte[] id = Arrays.copyOfRange(array, pxPeers[at], pxPeers[at] + pxPeers[at + 1]);
            byte @Nullable [] record =
                    pxPeers[at + 3] == 0
                            ? null
                            : Arrays.copyOfRange(
                                    array, pxPeers[at + 2], pxPeers[at + 2] + pxPeers[at + 3]);
            peers.add(new PxPeer(id, record));
        }
        return peers;
    }

    /// How many peers a PRUNE entry offers.
    public int prunePeerCount(int i) {
        return prunes[4 * i + 3] - prunes[4 * i + 2];
    }

    // ---- extensions (meshsub 1.3)

    /// Whether the control part holds an extensions message.
    public boolean hasExtensions() {
        return hasExtensions;
    }

    /// Whether the extensions message says that the peer supports partial messages.
    public boolean partialMessages() {
        return partialMessages;
    }

    /// Whether the extensions message says that the peer supports the test extension.
    public boolean testExtension() {
        return testExtension;
    }

    /// Whether the RPC carries the message of the test extension.
    public boolean testMessage() {
        return testMessage;
    }

    /// The partial message of the RPC, or null.
    public @Nullable PartialMessage partial() {
        return partial;
    }

    /// A part of a message, or what the sender knows of it.
    ///
    /// @param topic the topic
    /// @param groupId which message it is a part of
    /// @param partialMessage the parts, or null
    /// @param partsMetadata what the sender has or wants, or null
    // Arrays compare by identity here: nobody compares these.
    @SuppressWarnings("ArrayRecordComponent")
    public record PartialMessage(
            Mask topic,
            byte[] groupId,
            byte @Nullable [] partialMessage,
            byte @Nullable [] partsMetadata) {}

    // ---- filling, by the decoder

    void begin(byte[] array, int offset, int length) {
        clear();
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    /// Forgets the content, so that the received array can be collected, and lets go of tables that
    /// grew large.
    public void clear() {
        array = NO_BYTES;
        carried = null;
        offset = 0;
        length = 0;
        messageCount = 0;
        idEnd = 0;
        subscriptionCount = 0;
        ihaveCount = 0;
        idCount = 0;
        iwantCount = 0;
        idontwantCount = 0;
        graftCount = 0;
        pruneCount = 0;
        pxCount = 0;
        controlEntries = 0;
        hasControl = false;
        hasExtensions = false;
        partialMessages = false;
        testExtension = false;
        testMessage = false;
        partial = null;
        malformedElements = 0;
        if (rows.length > KEEP) rows = NO_INTS;
        if (idKeys.length > KEEP) idKeys = NO_LONGS;
        if (idBytes.length > 8 * KEEP) idBytes = NO_BYTES;
        if (subscriptions.length > KEEP) subscriptions = NO_INTS;
        if (ihaves.length > KEEP) ihaves = NO_INTS;
        if (ids.length > KEEP) ids = NO_INTS;
        if (iwants.length > KEEP) iwants = NO_INTS;
        if (idontwants.length > KEEP) idontwants = NO_INTS;
        if (grafts.length > KEEP) grafts = NO_INTS;
        if (prunes.length > KEEP) prunes = NO_INTS;
        if (backoffs.length > KEEP) backoffs = NO_LONGS;
        if (pxPeers.length > KEEP) pxPeers = NO_INTS;
    }

    void countMalformed() {
        malformedElements++;
    }

    /// Opens the row of the next message; it counts only after [#endMessage].
    void beginMessage(int encodedOffset, int encodedLength) {
        int at = messageCount * ROW;
        rows = room(rows, at + ROW);
        rows[at] = encodedOffset;
        rows[at + 1] = encodedLength;
        for (int i = FIELDS; i < FLAGS; i += 2) {
            rows[i + at] = -1;
            rows[i + at + 1] = 0;
        }
    }

    void messageField(int field, int fieldOffset, int fieldLength) {
        int at = messageCount * ROW + FIELDS + 2 * (field - 1);
        rows[at] = fieldOffset;
        rows[at + 1] = fieldLength;
    }

    boolean hasMessageField(int field) {
        return rows[messageCount * ROW + FIELDS + 2 * (field - 1)] >= 0;
    }

    /// Closes the row of the message that [#beginMessage] opened.
    void endMessage(int flags) {
        rows[messageCount * ROW + FLAGS] = flags;
        messageCount++;
    }

    /// Finds or computes the id of every message; a message that can have none is taken out and
    /// counted.
    void identify(MessageIdentifier ids, RecentMessages recent) {
        int kept = 0;
        for (int i = 0; i < messageCount; i++) {
            row.at = i * ROW;
            RpcMessage known = recent.find(array, rows[i * ROW], rows[i * ROW + 1]);
            if (known == null && !ids.identify(row)) {
                malformedElements++;
                continue;
            }
            if (kept < i) System.arraycopy(rows, i * ROW, rows, kept * ROW, ROW);
            if (known == null) name(kept, ids.unsafeId(), ids.length(), ids.hi(), ids.lo());
            else name(kept, known.id(), known.id().length, known.idHi(), known.idLo());
            kept++;
        }
        messageCount = kept;
    }

    private void name(int message, byte[] id, int idLength, long hi, long lo) {
        if (idEnd + idLength > idBytes.length) {
            idBytes = Arrays.copyOf(idBytes, Math.max(idEnd + idLength, idBytes.length * 2));
        }
        System.arraycopy(id, 0, idBytes, idEnd, idLength);
        rows[message * ROW + ID] = idEnd;
        rows[message * ROW + ID + 1] = idLength;
        idEnd += idLength;
        if (2 * message == idKeys.length) {
            idKeys = Arrays.copyOf(idKeys, Math.max(2, idKeys.length * 2));
        }
        idKeys[2 * message] = hi;
        idKeys[2 * message + 1] = lo;
    }

    void addSubscription(int maskOffset, int maskLength, int flags) {
        subscriptions = room(subscriptions, 3 * subscriptionCount + 3);
        subscriptions[3 * subscriptionCount] = maskOffset;
        subscriptions[3 * subscriptionCount + 1] = maskLength;
        subscriptions[3 * subscriptionCount + 2] = flags;
        subscriptionCount++;
    }

    void beginControl() {
        hasControl = true;
    }

    /// Counts control entries and offered peers, skipped ones included.
    int countControlEntry() {
        return ++controlEntries;
    }

    int idTotal() {
        return idCount + iwantCount + idontwantCount;
    }

    int ihaveIdEnd() {
        return idCount;
    }

    void addIhaveId(int idOffset, int idLength) {
        ids = room(ids, 2 * idCount + 2);
        ids[2 * idCount] = idOffset;
        ids[2 * idCount + 1] = idLength;
        idCount++;
    }

    void dropIhaveIds(int first) {
        idCount = first;
    }

    void addIhave(int maskOffset, int maskLength, int first) {
        ihaves = room(ihaves, 4 * ihaveCount + 4);
        ihaves[4 * ihaveCount] = maskOffset;
        ihaves[4 * ihaveCount + 1] = maskLength;
        ihaves[4 * ihaveCount + 2] = first;
        ihaves[4 * ihaveCount + 3] = idCount;
        ihaveCount++;
    }

    void addIwant(int idOffset, int idLength) {
        iwants = room(iwants, 2 * iwantCount + 2);
        iwants[2 * iwantCount] = idOffset;
        iwants[2 * iwantCount + 1] = idLength;
        iwantCount++;
    }

    void addIdontwant(int idOffset, int idLength) {
        idontwants = room(idontwants, 2 * idontwantCount + 2);
        idontwants[2 * idontwantCount] = idOffset;
        idontwants[2 * idontwantCount + 1] = idLength;
        idontwantCount++;
    }

    void addGraft(int maskOffset, int maskLength) {
        grafts = room(grafts, 2 * graftCount + 2);
        grafts[2 * graftCount] = maskOffset;
        grafts[2 * graftCount + 1] = maskLength;
        graftCount++;
    }

    int pxEnd() {
        return pxCount;
    }

    void dropPx(int first) {
        pxCount = first;
    }

    void addPx(int idOffset, int idLength, int recordOffset, int recordLength) {
        pxPeers = room(pxPeers, 4 * pxCount + 4);
        pxPeers[4 * pxCount] = idOffset;
        pxPeers[4 * pxCount + 1] = idLength;
        pxPeers[4 * pxCount + 2] = recordOffset;
        pxPeers[4 * pxCount + 3] = recordLength;
        pxCount++;
    }

    void addPrune(int maskOffset, int maskLength, int firstPx, long backoff) {
        prunes = room(prunes, 4 * pruneCount + 4);
        prunes[4 * pruneCount] = maskOffset;
        prunes[4 * pruneCount + 1] = maskLength;
        prunes[4 * pruneCount + 2] = firstPx;
        prunes[4 * pruneCount + 3] = pxCount;
        if (pruneCount == backoffs.length)
            backoffs = Arrays.copyOf(backoffs, Math.max(4, pruneCount * 2));
        backoffs[pruneCount] = backoff;
        pruneCount++;
    }

    void setExtensions(boolean partialMessages, boolean testExtension) {
        hasExtensions = true;
        this.partialMessages |= partialMessages;
        this.testExtension |= testExtension;
    }

    void setTestMessage() {
        testMessage = true;
    }

    void setPartial(PartialMessage partial) {
        this.partial = partial;
    }

    private static int[] room(int[] table, int needed) {
        return needed <= table.length
                ? table
                : Arrays.copyOf(table, Math.max(needed, table.length * 2));
    }

    private Mask mask(int[] table, int at) {
        return Mask.of(array, Math.max(0, table[at]), table[at + 1]);
    }

    private final class Row implements MessageFields {
        private int at;

        @Override
        public byte[] array() {
            return array;
        }

        @Override
        public int offset(int field) {
            return rows[at + FIELDS + 2 * (field - 1)];
        }

        @Override
        public int length(int field) {
            return rows[at + FIELDS + 2 * (field - 1) + 1];
        }
    }
}
