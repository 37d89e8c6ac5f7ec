package org.pollen.node;

import org.pollen.mempool.Keccak256;
import org.pollen.router.Dialect;
import org.pollen.router.Mask;
import org.pollen.router.MessageFields;
import org.pollen.router.MessageIdScheme;

/// The masks of the topics that a node knows by name, and how their messages are named.
public final class Topics {
    /// Name of the transaction topic.
    public static final String TRANSACTIONS = "tx";

    /// A message's id is the keccak-256 of its payload: for transactions of the plain types, their
    /// hash. Source: mempool specification 8.3.
    public static final MessageIdScheme IDS =
            new MessageIdScheme(
                    "keccak256",
                    () ->
                            (message, out) -> {
                                byte[] hash =
                                        Keccak256.hash(
                                                message.array(),
                                                Math.max(0, message.offset(MessageFields.DATA)),
                                                message.length(MessageFields.DATA));
                                System.arraycopy(hash, 0, out, 0, hash.length);
                                return hash.length;
                            });

    private static final int WIDTH_BYTES = 32;

    private Topics() {}

    /// The mask of a name: one bit of 256, so that everybody who joined the topic gets everything;
    /// in the meshsub dialect the topic string `pollen/NAME`.
    public static Mask mask(String name, Dialect dialect) {
        String full = "pollen/" + name;
        if (dialect == Dialect.MESHSUB) return Mask.topic(full);
        byte[] hash = Keccak256.hash(full.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return Mask.bit(WIDTH_BYTES, hash[0] & 0xff);
    }
}
