package org.pollen.libp2p;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The ordinary certificate of secure WebSockets, unrelated to the peer's identity.
///
/// @param key null to only dial
/// @param chain own certificate first; empty without a key
/// @param trusted roots to trust instead of the system's; empty for the system's
public record WebSocketTls(
        @Nullable PrivateKey key, List<X509Certificate> chain, List<X509Certificate> trusted) {

    public WebSocketTls {
        chain = List.copyOf(chain);
        trusted = List.copyOf(trusted);
        if ((key == null) != chain.isEmpty()) {
            throw new IllegalArgumentException("chain and key: both or none must be given");
        }
    }
}
