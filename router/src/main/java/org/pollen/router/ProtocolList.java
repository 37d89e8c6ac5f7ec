package org.pollen.router;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;

/// The protocol identifiers a node speaks, best first, each with what a peer of it can do, and how
/// an identifier of a peer is found among them. Immutable.
///
/// The default list is [#of(Dialect, int)]. A network with identifiers of its own gives them with a
/// function that says which of the known protocols each behaves like.
///
/// Source: router specification 2.4.
public final class ProtocolList {
    /// Whether two identifiers are the same but for their last part, the version:
    /// `/name/more/1.2.3`.
    public static final BiPredicate<String, String> IGNORING_VERSION =
            (ours, theirs) -> {
                int end = ours.lastIndexOf('/');
                return end > 0
                        && theirs.lastIndexOf('/') == end
                        && ours.regionMatches(0, theirs, 0, end);
            };

    private final List<String> ids;
    private final List<PubsubProtocol> features;
    private final BiPredicate<String, String> match;

    private ProtocolList(
            List<String> ids, List<PubsubProtocol> features, BiPredicate<String, String> match) {
        this.ids = List.copyOf(ids);
        this.features = List.copyOf(features);
        this.match = match;
    }

    /// The identifiers of a dialect.
    ///
    /// @param network 0 for the main network
    public static ProtocolList of(Dialect dialect, int network) {
        return of(
                PubsubProtocol.preference(dialect, network),
                id -> PubsubProtocol.of(id).orElseThrow());
    }

    /// Identifiers of a network's own.
    ///
    /// @param features what a peer of each can do; all of one dialect
    /// @throws IllegalArgumentException if there is none, one is twice, or the dialects differ
    public static ProtocolList of(List<String> ids, Function<String, PubsubProtocol> features) {
        if (ids.isEmpty() || new LinkedHashSet<>(ids).size() < ids.size()) {
            throw new IllegalArgumentException(
                    "protocols are " + ids + ": at least one, and each once");
        }
        var known = new ArrayList<PubsubProtocol>();
        for (String id : ids) {
            PubsubProtocol feature = features.apply(id);
            if (!known.isEmpty() && known.getFirst().dialect() != feature.dialect()) {
                throw new IllegalArgumentException(
                        "protocol %s is of dialect %s: one list is of one dialect, here %s"
                                .formatted(id, feature.dialect(), known.getFirst().dialect()));
            }
            known.add(feature);
        }
        return new ProtocolList(ids, known, String::equals);
    }

    /// The same list, whose identifiers match in another way than by being equal.
    ///
    /// @param ours first of ours, then of the peer's
    public ProtocolList matching(BiPredicate<String, String> ours) {
        return new ProtocolList(ids, features, ours);
    }

    /// The identifiers, best first.
    public List<String> ids() {
        return ids;
    }

    /// The schema of their RPCs.
    public Dialect dialect() {
        return features.getFirst().dialect();
    }

    /// What a peer can do whose stream was negotiated under this identifier; empty if it is none of
    /// ours. An equal identifier goes before one that only matches.
    public Optional<PubsubProtocol> features(String negotiated) {
        int at = ids.indexOf(negotiated);
        for (int i = 0; at < 0 && i < ids.size(); i++) {
            if (match.test(ids.get(i), negotiated)) at = i;
        }
        return at < 0 ? Optional.empty() : Optional.of(features.get(at));
    }

    /// The best identifier among those that a peer serves, as the peer spells it: what to propose
    /// to it.
    public Optional<String> best(List<String> served) {
        for (String ours : ids) {
            if (served.contains(ours)) return Optional.of(ours);
            for (String theirs : served) {
                if (match.test(ours, theirs)) return Optional.of(theirs);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return ids.toString();
    }
}
