package org.pollen.node.ops;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which Host headers are answered: IP literals always, names only if they are listed. A page of
/// another origin that has its own name resolve to this machine sends that name, and is refused.
///
/// Source: operations.md 6.
public final class HostAllowlist {
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-fA-F:.]+\\]");

    private final Set<String> names;

    /// Allows these names besides IP literals.
    public HostAllowlist(List<String> names) {
        this.names =
                names.stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet());
    }

    /// Whether a request with this Host header is answered.
    ///
    /// @param header null if it is missing, which is refused
    public boolean allows(@Nullable String header) {
        if (header == null) return false;
        String host = header.strip().toLowerCase(Locale.ROOT);
        int port = host.lastIndexOf(':');
        if (port > host.lastIndexOf(']')) host = host.substring(0, port);
        return IPV4.matcher(host).matches() || IPV6.matcher(host).matches() || names.contains(host);
    }
}
