package org.pollen.libp2p;

/// Makes the handler of an inbound stream, on the connection's event loop. Throwing refuses the
/// stream.
@FunctionalInterface
public interface StreamHandlerFactory {
    StreamHandler accept(Stream stream);
}
