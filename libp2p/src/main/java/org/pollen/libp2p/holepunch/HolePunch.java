package org.pollen.libp2p.holepunch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;

/// One attempt of two peers to dial each other at the same moment: who says what, and when to dial.
/// Times are monotonic nanoseconds.
///
/// The initiator accepted the relayed connection, the responder dialled it. The initiator measures
/// the round trip and dials half of it after it said SYNC; the responder dials when it hears that.
/// The responder is the client of what comes of it.
public final class HolePunch {
    private enum State {
        NEW,
        CONNECT_SENT,
        SYNC_AWAITED,
        DONE
    }

    /// What to do next.
    public sealed interface Step {}

    /// Say this.
    public record Send(HolePunchMessage message) implements Step {}

    /// Dial these, at this time; the talking is over.
    public record Dial(List<Multiaddr> addresses, long at) implements Step {
        public Dial {
            addresses = List.copyOf(addresses);
        }
    }

    private final boolean initiator;
    private final List<Multiaddr> own;
    private final Predicate<Multiaddr> usable;
    private State state = State.NEW;
    private long sentAt;
    private @Nullable List<Multiaddr> theirs;

    private HolePunch(boolean initiator, List<Multiaddr> own, Predicate<Multiaddr> usable) {
        this.initiator = initiator;
        this.own = own.stream().filter(usable).toList();
        this.usable = usable;
    }

    /// The side that begins.
    ///
    /// @param own where we can be dialled
    /// @param usable which addresses, of both sides, may be dialled so
    public static HolePunch initiator(List<Multiaddr> own, Predicate<Multiaddr> usable) {
        return new HolePunch(true, own, usable);
    }

    public static HolePunch responder(List<Multiaddr> own, Predicate<Multiaddr> usable) {
        return new HolePunch(false, own, usable);
    }

    /// The initiator's first word.
    public Send start(long now) {
        if (!initiator || state != State.NEW) {
            throw new IllegalStateException("only the initiator starts, once");
        }
        state = State.CONNECT_SENT;
        sentAt = now;
        return new Send(HolePunchMessage.connect(own));
    }

    /// The other side said something.
    ///
    /// @throws MalformedException if it is not its turn, or it names nothing that may be dialled:
    ///   the attempt is over
    public List<Step> receive(HolePunchMessage message, long now) throws MalformedException {
        State before = state;
        state = State.DONE;
        if (message.type() == HolePunchMessage.Type.CONNECT) {
            List<Multiaddr> named = message.addresses().stream().filter(usable).distinct().toList();
            if (named.isEmpty()) {
                throw new MalformedException("dcutr: no address that may be dialled");
            }
            if (initiator && before == State.CONNECT_SENT) {
                long half = Math.max(0, now - sentAt) / 2;
                return List.of(new Send(HolePunchMessage.sync()), new Dial(named, now + half));
            }
            if (!initiator && before == State.NEW) {
                state = State.SYNC_AWAITED;
                theirs = named;
                return List.of(new Send(HolePunchMessage.connect(own)));
            }
        }
        List<Multiaddr> known = theirs;
        if (!initiator
                && before == State.SYNC_AWAITED
                && message.type() == HolePunchMessage.Type.SYNC
                && known != null) {
            var steps = new ArrayList<Step>();
            steps.add(new Dial(known, now));
            return steps;
        }
        throw new MalformedException("dcutr: " + message.type() + " out of turn");
    }

    public boolean done() {
        return state == State.DONE;
    }
}
