package org.pollen.node.ops;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts what this process logs, by level. Whoever logs must not wait for it: it only adds.
final class LogEvents extends AppenderBase<ILoggingEvent> {
    private static final LogEvents ALL = attached();

    private final Map<Level, LongAdder> counts = new LinkedHashMap<>();

    private LogEvents() {
        for (Level level : List.of(Level.ERROR, Level.WARN, Level.INFO, Level.DEBUG, Level.TRACE)) {
            counts.put(level, new LongAdder());
        }
    }

    private static LogEvents attached() {
        var events = new LogEvents();
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            events.setContext(context);
            events.start();
            context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(events);
        }
        return events;
    }

    @Override
    protected void append(ILoggingEvent event) {
        LongAdder count = counts.get(event.getLevel());
        if (count != null) count.increment();
    }

    /// Events since the first node of this process, by level.
    static Map<String, Long> counts() {
        var sums = new LinkedHashMap<String, Long>();
        ALL.counts.forEach(
                (level, count) -> sums.put(level.toString().toLowerCase(Locale.ROOT), count.sum()));
        return sums;
    }
}
