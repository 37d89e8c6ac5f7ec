package org.pollen.signalling;

import java.util.List;
import org.pollen.peer.PeerId;

/// What signalling wants done. Called on its thread; must not call back into it.
public interface SignalOutput {
    /// Open a stream to a relay, send the frame and give the answer to [Signalling#onSubmitAnswer].
    void submit(PeerId relay, byte[] frame, RequestId id);

    /// Open a stream to a target, send the frame and give the answer to
    /// [Signalling#onDeliverAnswer].
    void deliver(PeerId target, byte[] frame, long delivery);

    /// Send a frame, best effort.
    void notice(PeerId to, byte[] frame);

    /// Publish on a mask of signalling.
    void publish(byte[] mask, byte[] data);

    /// Find a counter on a worker and give it to [Signalling#onSolved].
    void solve(long work, byte[] prefix, int difficulty);

    /// Nobody waits for it any more.
    void cancelSolve(long work);

    /// Ask a peer for another's certified record and give the answer to [Signalling#onRecord].
    void query(PeerId neighbour, PeerId about);

    /// Connect from the listen port, or from another if that fails; give what comes of it to
    /// [Signalling#onDialed] or [Signalling#onDialFailed].
    ///
    /// @param dial names it
    /// @param expected who must be there
    /// @param initiator whether this side is the client of the upgrade; else its server, as a
    ///   responder is in a simultaneous open too
    void dial(
            long dial,
            PeerId expected,
            PunchAddress address,
            long timeoutMillis,
            boolean initiator);

    /// Give up a dial, or close the connection it made.
    void cancelDial(long dial);

    /// Send one datagram from the listen port.
    void datagram(PunchAddress address, byte[] payload);

    /// An attempt ended.
    ///
    /// @param requests all that asked for it
    void punched(PeerId peer, SignalCode result, List<RequestId> requests);

    /// A request of this node ended without an attempt to connect.
    void requestFailed(PeerId target, SignalCode why);
}
