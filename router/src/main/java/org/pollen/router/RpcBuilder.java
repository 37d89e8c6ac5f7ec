package org.pollen.router;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.pollen.router.EncodedRpc.Graft;
import org.pollen.router.EncodedRpc.Prune;

/// Collects what is to be said to a peer and encodes it: as one RPC if that stays below the limit,
/// else as several.
///
/// Fragments are filled greedily, in the order messages, subscriptions, GRAFT, PRUNE, IWANT, IHAVE,
/// IDONTWANT, and a new one begins when an element would make the last exceed the limit; elements
/// of a kind keep their order. An element that alone exceeds the limit is left out and listed in
/// [#oversized]. Message bytes are not copied.
///
/// Source: router specification 2.2, 2.3, 2.6.
public final class RpcBuilder {
    private static final int SUBSCRIPTIONS = 1;
    private static final int CONTROL = 3;
    private static final int IHAVE = 1;
    private static final int IWANT = 2;
    private static final int GRAFT = 3;
    private static final int PRUNE = 4;
    private static final int IDONTWANT = 5;
    private static final int EXTENSIONS = 6;
    private static final int PARTIAL = 10;
    private static final int TEST_EXTENSION = 6492434;

    private final Dialect dialect;
    private final int limit;
    private final List<RpcMessage> messages = new ArrayList<>();
    private final List<SubOpts> subscriptions = new ArrayList<>();
    private final List<Graft> grafts = new ArrayList<>();
    private final List<Prune> prunes = new ArrayList<>();
    private final List<byte[]> iwants = new ArrayList<>();
    private final List<Mask> ihaveTopics = new ArrayList<>();
    private final List<byte[]> ihaveIds = new ArrayList<>();
    private final List<byte[]> idontwants = new ArrayList<>();
    private byte @Nullable [] extensions;
    private byte @Nullable [] rest; // fields of the RPC that stay with the first fragment
    private Rpc.@Nullable PartialMessage partial;
    private final List<OutboundRpc> oversized = new ArrayList<>();

    /// An empty builder.
    ///
    /// @param limit longest frame body that may be sent
    public RpcBuilder(Dialect dialect, int limit) {
        this.dialect = dialect;
        this.limit = limit;
    }

    /// Adds a message.
    public RpcBuilder message(RpcMessage message) {
        messages.add(message);
        return this;
    }

    /// Adds a subscription announcement.
    public RpcBuilder subscription(SubOpts subscription) {
        subscriptions.add(subscription);
        return this;
    }

    /// Adds a GRAFT.
    public RpcBuilder graft(Mask topic) {
        grafts.add(new Graft(topic));
        return this;
    }

    /// Adds a PRUNE.
    ///
    /// @param backoffSeconds 0 for none, as peers of meshsub 1.0 need it
    public RpcBuilder prune(Mask topic, long backoffSeconds, List<PxPeer> peers) {
        prunes.add(new Prune(topic, backoffSeconds, peers));
        return this;
    }

    /// Adds an id to the IHAVE of a topic. Ids of one topic go into one entry if they are added one
    /// after the other.
    ///
    /// @param id not to be changed
    public RpcBuilder ihave(Mask topic, byte[] id) {
        ihaveTopics.add(topic);
        ihaveIds.add(id);
        return this;
    }

    /// Adds an id to the IWANT.
    ///
    /// @param id not to be changed
    public RpcBuilder iwant(byte[] id) {
        iwants.add(id);
        return this;
    }

    /// Adds an id to the IDONTWANT.
    ///
    /// @param id not to be changed
    public RpcBuilder idontwant(byte[] id) {
        idontwants.add(id);
        return this;
    }

    /// Adds the extensions message (meshsub 1.3).
    public RpcBuilder extensions(boolean partialMessages, boolean testExtension) {
        var body = new Out();
        if (partialMessages) body.varintField(10, 1);
        if (testExtension) body.varintField(TEST_EXTENSION, 1);
        extensions = body.bytes();
        return this;
    }

    /// Adds the message of the test extension (meshsub 1.3).
    public RpcBuilder testMessage() {
        rest = join(rest, new Out().field(TEST_EXTENSION, new byte[0]).bytes());
        return this;
    }

    /// Adds a partial message (meshsub 1.3); of several, receivers read the last.
    public RpcBuilder partial(Rpc.PartialMessage message) {
        partial = message;
        var body = new Out();
        body.field(1, message.topic().unsafeBytes());
        body.field(2, message.groupId());
        if (message.partialMessage() != null) body.field(3, message.partialMessage());
        if (message.partsMetadata() != null) body.field(4, message.partsMetadata());
        rest = join(rest, new Out().field(PARTIAL, body.bytes()).bytes());
        return this;
    }

    /// Whether nothing was added.
    public boolean isEmpty() {
        return messages.isEmpty() && onlyMessages();
    }

    private boolean onlyMessages() {
        return subscriptions.isEmpty()
                && grafts.isEmpty()
                && prunes.isEmpty()
                && ihaveIds.isEmpty()
                && iwants.isEmpty()
                && idontwants.isEmpty()
                && extensions == null
                && rest == null;
    }

    /// Encodes everything as one RPC, whatever its length; empties the builder.
    public OutboundRpc buildWhole() {
        List<OutboundRpc> one = build(Integer.MAX_VALUE);
        return one.isEmpty()
                ? new EncodedRpc(new byte[0], List.of(), List.of(), List.of())
                : one.getFirst();
    }

    /// Encodes everything, as several RPCs if needed, and empties the builder; [#oversized] then
    /// lists what was left out.
    public List<OutboundRpc> build() {
        return build(limit);
    }

    /// The RPCs that the last [#build] left out because a single element of theirs is longer than
    /// the limit.
    public List<OutboundRpc> oversized() {
        return List.copyOf(oversized);
    }

    private List<OutboundRpc> build(int max) {
        oversized.clear();
        if (messages.size() == 1 && onlyMessages() && messages.getFirst().bodyLength() <= max) {
            RpcMessage only = messages.getFirst();
            messages.clear();
            return List.of(only);
        }
        var whole = new Fragments(Integer.MAX_VALUE);
        addTo(whole);
        List<OutboundRpc> built;
        if (whole.length() < max || whole.elements <= 1) {
            built = whole.end(max);
        } else {
            var fragments = new Fragments(max);
            addTo(fragments);
            built = fragments.end(max);
        }
        clear();
        return built;
    }

    private void addTo(Fragments fragments) {
        fragments.addFirst(extensions, rest);
        messages.forEach(fragments::add);
        subscriptions.forEach(fragments::add);
        grafts.forEach(fragments::add);
        prunes.forEach(fragments::add);
        iwants.forEach(fragments::addIwant);
        for (int i = 0; i < ihaveIds.size(); i++)
            fragments.addIhave(ihaveTopics.get(i), ihaveIds.get(i));
        idontwants.forEach(fragments::addIdontwant);
    }

    private void clear() {
        partial = null;
        messages.clear();
        subscriptions.clear();
        grafts.clear();
        prunes.clear();
        iwants.clear();
        ihaveTopics.clear();
        ihaveIds.clear();
        idontwants.clear();
        extensions = null;
        rest = null;
    }

    private static byte[] join(byte @Nullable [] first, byte[] second) {
        return first == null ? second : new Out().raw(first).raw(second).bytes();
    }

    private byte[] encode(SubOpts subscription) {
        var out = new Out();
        if (subscription.subscribe()) out.varintField(1, 1);
        else if (dialect == Dialect.MESHSUB) out.varintField(1, 0);
        topic(out, 2, subscription.mask());
        if (dialect == Dialect.MESHSUB && subscription.requestsPartial()) out.varintField(3, 1);
        if (dialect == Dialect.MESHSUB && subscription.supportsSendingPartial())
            out.varintField(4, 1);
        return out.bytes();
    }

    private byte[] encode(Graft graft) {
        return topic(new Out(), 1, graft.topic()).bytes();
    }

    private byte[] encode(Prune prune) {
        Out out = topic(new Out(), 1, prune.topic());
        for (PxPeer peer : prune.peers()) {
            Out body = new Out().field(1, peer.peerId());
            if (peer.signedRecord() != null) body.field(2, peer.signedRecord());
            out.field(2, body);
        }
        if (prune.backoffSeconds() != 0) out.varintField(3, prune.backoffSeconds());
        return out.bytes();
    }

    private Out topic(Out out, int field, Mask topic) {
        if (topic.length() > 0 || dialect == Dialect.MESHSUB) out.field(field, topic.unsafeBytes());
        return out;
    }

    /// Builds fragments, each as full as it may be.
    private final class Fragments {
        private final int max;
        private final List<OutboundRpc> done = new ArrayList<>();
        private int elements;

        private Out base = new Out(); // subscriptions and the rest
        private Out control = new Out(); // complete entries of the control part
        private Out ihave = new Out(); // the entry that ids are added to
        private @Nullable Mask ihaveTopic;
        private Out iwant = new Out();
        private Out idontwant = new Out();
        private List<RpcMessage> fragmentMessages = new ArrayList<>();
        private List<Graft> fragmentGrafts = new ArrayList<>();
        private List<Prune> fragmentPrunes = new ArrayList<>();
        private int messageBytes;
        private int fragmentElements;
        private Rpc.@Nullable PartialMessage fragmentPartial;

        Fragments(int max) {
            this.max = max;
        }

        void addFirst(byte @Nullable [] extensionsBody, byte @Nullable [] restFields) {
            if (extensionsBody != null) {
                control.field(EXTENSIONS, extensionsBody);
                count();
            }
            if (restFields != null) {
                base.raw(restFields);
                fragmentPartial = partial;
                count();
            }
        }

        void add(RpcMessage message) {
            startIfFull(message.encodedLength(), 0);
            fragmentMessages.add(message);
            messageBytes += message.encodedLength();
            count();
        }

        void add(SubOpts subscription) {
            byte[] body = encode(subscription);
            startIfFull(Bytes.fieldSize(body.length), 0);
            base.field(SUBSCRIPTIONS, body);
            count();
        }

        void add(Graft graft) {
            byte[] body = encode(graft);
            startIfFull(0, Bytes.fieldSize(body.length));
            control.field(GRAFT, body);
            fragmentGrafts.add(graft);
            count();
        }

        void add(Prune prune) {
            byte[] body = encode(prune);
            startIfFull(0, Bytes.fieldSize(body.length));
            control.field(PRUNE, body);
            fragmentPrunes.add(prune);
            count();
        }

        void addIwant(byte[] id) {
            int more = Bytes.fieldSize(id.length);
            startIfFull(0, wrapped(iwant.length + more) - wrapped(iwant.length));
            iwant.field(1, id);
            count();
        }

        void addIdontwant(byte[] id) {
            int more = Bytes.fieldSize(id.length);
            startIfFull(0, wrapped(idontwant.length + more) - wrapped(idontwant.length));
            idontwant.field(1, id);
            count();
        }

        void addIhave(Mask topic, byte[] id) {
            int more = Bytes.fieldSize(id.length);
            int head =
                    topic.length() > 0 || dialect == Dialect.MESHSUB
                            ? Bytes.fieldSize(topic.length())
                            : 0;
            boolean same = Objects.equals(topic, ihaveTopic);
            int growth =
                    same
                            ? wrapped(ihave.length + more) - wrapped(ihave.length)
                            : wrapped(head + more);
            startIfFull(0, growth);
            if (!Objects.equals(topic, ihaveTopic)) {
                closeIhave();
                ihaveTopic = topic;
                topic(ihave, 1, topic);
            }
            ihave.field(2, id);
            count();
        }

        int length() {
            return base.length + messageBytes + wrapped(controlLength());
        }

        List<OutboundRpc> end(int frameMax) {
            finish(frameMax);
            return done;
        }

        private int controlLength() {
            return control.length
                    + wrapped(ihave.length)
                    + wrapped(iwant.length)
                    + wrapped(idontwant.length);
        }

        private int wrapped(int body) {
            return body == 0 ? 0 : Bytes.fieldSize(body);
        }

        private void count() {
            elements++;
            fragmentElements++;
        }

        private void startIfFull(int baseGrowth, int controlGrowth) {
            if (max == Integer.MAX_VALUE || fragmentElements == 0) return;
            int grown =
                    base.length
                            + messageBytes
                            + baseGrowth
                            + wrapped(controlLength() + controlGrowth);
            if (grown > max) finish(max);
        }

        private void closeIhave() {
            if (ihave.length > 0) control.field(IHAVE, ihave);
            ihave = new Out();
            ihaveTopic = null;
        }

        private void finish(int frameMax) {
            if (fragmentElements == 0) return;
            closeIhave();
            if (iwant.length > 0) control.field(IWANT, iwant);
            if (idontwant.length > 0) control.field(IDONTWANT, idontwant);
            if (control.length > 0) base.field(CONTROL, control);
            OutboundRpc rpc =
                    base.length == 0 && fragmentMessages.size() == 1
                            ? fragmentMessages.getFirst()
                            : new EncodedRpc(
                                    base.bytes(),
                                    fragmentMessages,
                                    fragmentGrafts,
                                    fragmentPrunes,
                                    fragmentPartial);
            fragmentPartial = null;
            if (rpc.bodyLength() > frameMax) oversized.add(rpc);
            else done.add(rpc);
            base = new Out();
            control = new Out();
            iwant = new Out();
            idontwant = new Out();
            fragmentMessages = new ArrayList<>();
            fragmentGrafts = new ArrayList<>();
            fragmentPrunes = new ArrayList<>();
            messageBytes = 0;
            fragmentElements = 0;
        }
    }

    /// A growing array of encoded fields.
    private static final class Out {
        private static final byte[] NO_BYTES = {};
        private byte[] array = NO_BYTES;
        private int length;

        Out varintField(int field, long value) {
            room(20);
            length = Bytes.putVarint(array, length, (long) field << 3);
            length = Bytes.putVarint(array, length, value);
            return this;
        }

        Out field(int field, byte[] body) {
            return field(field, body, body.length);
        }

        Out field(int field, Out body) {
            return field(field, body.array, body.length);
        }

        private Out field(int field, byte[] body, int bodyLength) {
            room(20 + bodyLength);
            length = Bytes.putVarint(array, length, ((long) field << 3) | 2);
            length = Bytes.putVarint(array, length, bodyLength);
            System.arraycopy(body, 0, array, length, bodyLength);
            length += bodyLength;
            return this;
        }

        Out raw(byte[] bytes) {
            room(bytes.length);
            System.arraycopy(bytes, 0, array, length, bytes.length);
            length += bytes.length;
            return this;
        }

        byte[] bytes() {
            return length == array.length ? array : Arrays.copyOf(array, length);
        }

        private void room(int more) {
            if (length + more > array.length) {
                array = Arrays.copyOf(array, Math.max(length + more, array.length * 2));
            }
        }
    }
}
