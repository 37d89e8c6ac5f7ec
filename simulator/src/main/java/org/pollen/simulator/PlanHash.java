package org.pollen.simulator;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a run is built from, in 32 bytes: links, messages, and all parameters. Members of a run
/// compare them before it begins, since those with another file of edges, or of another build,
/// would each execute a part of a different run, and nobody would notice.
final class PlanHash {
    private final DataOutputStream out;

    private PlanHash(DataOutputStream out) {
        this.out = out;
    }

    static byte[] of(Setup setup) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            var out =
                    new DataOutputStream(
                            new DigestOutputStream(OutputStream.nullOutputStream(), sha));
            new PlanHash(out).add(setup);
            out.flush();
            return sha.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(Setup setup) throws IOException {
        Object[] values = {
            setup.honest(),
            setup.total(),
            setup.seed(),
            setup.routerSeed(),
            setup.end(),
            setup.workers(),
            setup.crypto(),
            setup.connectionsMax(),
            setup.watermarks(),
            setup.cpu(),
            setup.rejoinDials(),
            setup.churnOfFile(),
            setup.joinAt(),
            setup.masks(),
            setup.losses(),
            setup.groups().all(),
            setup.network(),
            setup.profile(),
            setup.messages()
        };
        value(values);
        Links links = setup.links();
        out.writeInt(links.size());
        for (int i = 0; i < links.size(); i++) {
            out.writeInt(links.dialler(i));
            out.writeInt(links.target(i));
            out.writeLong(links.at(i));
        }
        out.writeDouble(setup.punchShare());
        value(setup.cuts().all());
        value(setup.relays());
        for (int i = 0; i < setup.honest(); i++) {
            out.writeBoolean(setup.natted(i));
            for (int t = 0; t < setup.masks().size(); t++) {
                out.writeBoolean(setup.subscribes(i, t));
            }
            value(setup.churn().toggles(i));
            value(setup.departures().toggles(i));
            out.writeLong(setup.departures().death(i));
            value(setup.directPeers(i));
        }
    }

    /// Records by their components, whatever their text says: that of an array is another in each
    /// process. Of functions only that there is one.
    private void value(@Nullable Object value) throws IOException {
        switch (value) {
            case null -> text("null");
            case Map<?, ?> map -> {
                var sorted = new TreeMap<String, Object>();
                map.forEach((key, content) -> sorted.put(String.valueOf(key), content));
                value(sorted.keySet());
                value(sorted.values());
            }
            case Collection<?> all -> value(all.toArray());
            case PlannedMessage message -> { // there may be millions
                out.writeLong(message.at());
                out.writeInt(message.publisher());
                out.writeInt(message.size());
                out.writeByte(message.kind().code());
                out.writeInt(message.topic());
            }
            case Record fields -> components(fields);
            default -> {
                if (value.getClass().isArray()) {
                    out.writeInt(Array.getLength(value));
                    for (int i = 0; i < Array.getLength(value); i++) value(Array.get(value, i));
                } else {
                    String plain = value.getClass().getName() + "@";
                    String text = value.toString();
                    text(text.startsWith(plain) ? "function" : text);
                }
            }
        }
    }

    private void components(Record fields) throws IOException {
        for (RecordComponent component : fields.getClass().getRecordComponents()) {
            text(component.getName());
            try {
                var accessor = component.getAccessor();
                accessor.setAccessible(true);
                value(accessor.invoke(fields));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void text(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
