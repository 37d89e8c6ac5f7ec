package org.pollen.node.ops;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The files of the live page, packaged in the jar; nothing is read from the disk.
final class StaticFiles {
    private record Source(String resource, String type) {}

    private static final Map<String, Source> SOURCES =
            Map.of(
                    "/", new Source("/page/index.html", "text/html; charset=utf-8"),
                    "/index.html", new Source("/page/index.html", "text/html; charset=utf-8"),
                    "/app.js", new Source("/page/app.js", "text/javascript; charset=utf-8"),
                    "/style.css", new Source("/page/style.css", "text/css; charset=utf-8"),
                    "/icon.svg", new Source("/page/icon.svg", "image/svg+xml"),
                    "/echarts.min.js",
                            new Source(
                                    "/META-INF/resources/webjars/echarts/5.5.0/echarts.min.js",
                                    "text/javascript; charset=utf-8"));

    private static final Map<String, Reply> CACHE = new java.util.concurrent.ConcurrentHashMap<>();

    private StaticFiles() {}

    /// Every path that has a file.
    static java.util.Set<String> paths() {
        return SOURCES.keySet();
    }

    /// The file at a path, or null.
    static @Nullable Reply at(String path) {
        Source source = SOURCES.get(path);
        return source == null ? null : CACHE.computeIfAbsent(path, _ -> load(source));
    }

    private static Reply load(Source source) {
        try (InputStream in = StaticFiles.class.getResourceAsStream(source.resource())) {
            if (in == null) throw new IOException(source.resource() + " is not packaged");
            return new Reply(200, source.type(), in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
