package org.pollen.libp2p.peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.pollen.libp2p.CloseReason;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.ErrorCodes;
import org.pollen.libp2p.Host;
import org.pollen.libp2p.HostListener;
import org.pollen.libp2p.IdentifyInfo;
import org.pollen.libp2p.peers.AddressBook.KnownPeer;
import org.pollen.libp2p.peers.AddressBook.Source;
import org.pollen.peer.MalformedException;
import org.pollen.peer.Multiaddr;
import org.pollen.peer.PeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drives address book, dial scheduler and connection manager for a host: remembers whom it meets,
/// dials when there are few connections, closes the least useful when there are many, and keeps the
/// book in a store.
///
/// All state belongs to one thread, that of the executor it is given (an event loop); signatures
/// and the store are left to workers, which may block.
public final class PeerManager implements HostListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PeerManager.class);
    private static final long SECOND = 1_000_000_000L;
    private static final long SAVE_NANOS = 5 * SECOND;
    private static final long EXPIRE_NANOS = 60 * SECOND;
    private static final long EXPAND_NANOS = 600 * SECOND;
    private static final int VERIFYING_MAX = 64;

    /// Everything it is told.
    ///
    /// @param bootnodes with peer id, or `/dnsaddr/`
    public record Settings(
            ConnectionManager.Settings connections,
            DialScheduler.Policy dialling,
            AddressBook.Limits book,
            List<Multiaddr> bootnodes) {
        /// Copies the bootnodes.
        public Settings {
            bootnodes = List.copyOf(bootnodes);
        }
    }

    /// Where the address book outlives the process. Called by one worker at a time; may block.
    public interface Store extends AutoCloseable {
        /// Forgets everything.
        Store NONE =
                new Store() {
                    @Override
                    public List<KnownPeer> load() {
                        return List.of();
                    }

                    @Override
                    public void save(AddressBook.Changes changes) {}

                    @Override
                    public void close() {}
                };

        /// Everything that was saved.
        List<KnownPeer> load();

        /// Writes changes down, all or none.
        void save(AddressBook.Changes changes);

        @Override
        void close();
    }

    /// What it is doing, for metrics.
    ///
    /// @param known peers in the book
    /// @param records offered signed records, by what came of them
    /// @param evicted peers pushed out of a full book
    /// @param dialling peers being dialled
    /// @param forbidden addresses that the policy did not let us dial
    /// @param trimmed connections closed because there were too many
    public record Snapshot(
            int known,
            Map<String, Long> records,
            long evicted,
            int dialling,
            long forbidden,
            long trimmed) {
        /// Before the first second is over.
        static final Snapshot EMPTY = new Snapshot(0, Map.of(), 0, 0, 0, 0);
    }

    private final Host host;
    private final Settings settings;
    private final Store store;
    private final ScheduledExecutorService loop;
    private final Executor workers;
    private final @Nullable DnsAddr names;
    private final LongSupplier nanos;
    private final LongSupplier wallMillis;
    private final AddressBook book;
    private final DialScheduler dials;
    private final ConnectionManager manager;
    private final Map<Long, Connection> connections = new LinkedHashMap<>();
    private final Object storeLock = new Object();
    private volatile Snapshot snapshot = Snapshot.EMPTY;
    private volatile boolean closed;
    private @Nullable ScheduledFuture<?> ticker;
    private @Nullable ScheduledFuture<?> next;
    private boolean saving;
    private int verifying;
    private long savedAt;
    private long expiredAt;
    private long expandedAt;

    /// @param loop a single thread, such as one event loop
    /// @param workers for signatures and the store
    /// @param names for `/dnsaddr/` bootnodes; null to ignore them
    /// @param nanos monotonic
    /// @param wallMillis since 1970
    public PeerManager(
            Host host,
            Settings settings,
            Store store,
            ScheduledExecutorService loop,
            Executor workers,
            @Nullable DnsAddr names,
            LongSupplier nanos,
            LongSupplier wallMillis) {
        this.host = host;
        this.settings = settings;
        this.store = store;
        this.loop = loop;
        this.workers = workers;
        this.names = names;
        this.nanos = nanos;
        this.wallMillis = wallMillis;
        this.book = new AddressBook(host.peerId(), settings.book());
        this.dials = new DialScheduler(host.peerId(), settings.dialling());
        this.manager = new ConnectionManager(settings.connections());
    }

    /// Loads the book and begins.
    public void start() {
        host.addListener(this);
        workers.execute(() -> {
            List<KnownPeer> known;
            synchronized (storeLock) {
                known = store.load();
            }
            post(() -> begin(known));
        });
    }

    private void begin(List<KnownPeer> known) {
        int good = 0;
        for (KnownPeer peer : known) {
            good += book.restore(peer, wallMillis.getAsLong()) ? 1 : 0;
        }
        if (!known.isEmpty()) {
            log.info("{} of {} peers of the address book are still good", good, known.size());
        }
        expand();
        savedAt = nanos.getAsLong();
        expiredAt = savedAt;
        ticker = loop.scheduleWithFixedDelay(guarded(this::tick), 0, 1, TimeUnit.SECONDS);
    }

    /// Bootnodes that are names are looked up again now and then.
    private void expand() {
        expandedAt = nanos.getAsLong();
        for (Multiaddr bootnode : settings.bootnodes()) {
            if (!DnsAddr.isDnsAddr(bootnode)) {
                configured(bootnode);
            } else if (names == null) {
                log.warn("{} cannot be looked up: DNS is off", bootnode);
            } else {
                var _ =
                        names.expand(bootnode)
                                .thenAccept(found ->
                                        post(() -> {
                                            found.addresses().forEach(this::configured);
                                            if (found.addresses().isEmpty()) {
                                                log.warn(
                                                        "{} has no usable address: {} lookups failed",
                                                        bootnode,
                                                        found.failures());
                                            }
                                        }));
            }
        }
    }

    private void configured(Multiaddr address) {
        address.peerId()
                .ifPresent(peer ->
                        book.tell(
                                peer,
                                address.withoutPeerId(),
                                Source.CONFIGURED,
                                wallMillis.getAsLong()));
    }

    // ---- what others tell, from any thread

    /// A signed record was received, from gossip or from discovery.
    ///
    /// @param expected whom it should speak for; null for anybody
    public void offer(byte[] envelope, @Nullable PeerId expected) {
        post(() -> {
            if (verifying >= VERIFYING_MAX) {
                return; // it will be told again
            }
            verifying++;
            try {
                workers.execute(() -> verify(envelope, expected));
            } catch (RejectedExecutionException _) {
                verifying--;
            }
        });
    }

    private void verify(byte[] envelope, @Nullable PeerId expected) {
        AddressBook.Certified certified = null;
        try {
            certified = AddressBook.Certified.verify(envelope);
        } catch (MalformedException _) {
            // counted below
        }
        AddressBook.Certified verified = certified;
        post(() -> {
            verifying--;
            if (verified == null) {
                book.malformed();
            } else {
                book.certify(verified, expected, wallMillis.getAsLong());
            }
        });
    }

    /// Addresses that nobody signed were heard of.
    public void heard(PeerId peer, List<Multiaddr> addresses) {
        post(() -> tell(peer, addresses, Source.TOLD));
    }

    /// A peer told where it is in a record that it signed, which its finder has verified.
    public void heardSigned(PeerId peer, List<Multiaddr> addresses) {
        post(() -> tell(peer, addresses, Source.RECORDED));
    }

    /// A peer was found on the local network.
    public void heardLocally(PeerId peer, List<Multiaddr> addresses) {
        post(() -> tell(peer, addresses, Source.LOCAL));
    }

    private void tell(PeerId peer, List<Multiaddr> addresses, Source source) {
        for (Multiaddr address : addresses) {
            book.tell(peer, address.withoutPeerId(), source, wallMillis.getAsLong());
        }
    }

    /// Never trims the peer, connected or not, while any such tag holds it.
    public void protect(PeerId peer, String tag) {
        post(() -> manager.protect(peer, tag));
    }

    /// The peer may be trimmed again if no other tag holds it.
    public void unprotect(PeerId peer, String tag) {
        post(() -> manager.unprotect(peer, tag));
    }

    /// Makes a connected peer worth more, or less.
    public void tag(PeerId peer, String tag, int value) {
        post(() -> manager.tag(peer, tag, value));
    }

    /// What it is doing: at most a second old.
    public Snapshot snapshot() {
        return snapshot;
    }

    // ---- the host

    @Override
    public void connected(Connection connection) {
        post(() -> {
            PeerId peer = connection.remotePeer();
            if (!connection.isOpen() || connections.put(connection.id(), connection) != null) {
                return;
            }
            manager.connected(
                    connection.id(),
                    peer,
                    connection.outbound(),
                    connection.limited(),
                    nanos.getAsLong());
            boolean dialled = connection.outbound() && !connection.remoteAddress().isRelayed();
            Multiaddr address = dialled ? connection.remoteAddress() : null;
            book.connected(peer, address, wallMillis.getAsLong());
            if (dials.connected(peer, address == null ? null : address.withPeerId(peer))) {
                host.cancelDials(peer);
            }
        });
    }

    @Override
    public void identified(Connection connection, IdentifyInfo identify) {
        byte[] record = identify.signedPeerRecord();
        if (record != null) {
            offer(record, connection.remotePeer());
        } else {
            heard(connection.remotePeer(), identify.listenAddresses());
        }
    }

    @Override
    public void disconnected(Connection connection, CloseReason reason) {
        post(() -> {
            connections.remove(connection.id());
            if (manager.disconnected(connection.id(), connection.remotePeer())) {
                book.disconnected(connection.remotePeer(), wallMillis.getAsLong());
            }
        });
    }

    // ---- the clock

    private void tick() {
        long now = nanos.getAsLong();
        long wall = wallMillis.getAsLong();
        if (now - expiredAt >= EXPIRE_NANOS) {
            expiredAt = now;
            book.expire(wall);
        }
        if (now - savedAt >= SAVE_NANOS) {
            save();
        }
        trim(now);
        int wanted = manager.dialsWanted() - dials.running();
        if (wanted > 0 && now - expandedAt >= EXPAND_NANOS) {
            expand();
        }
        if (wanted > 0) {
            for (PeerId peer : book.candidates()) {
                DialScheduler.Answer answer = dials.dial(peer, book.addresses(peer, wall), now);
                if (answer == DialScheduler.Answer.STARTED) {
                    wanted--;
                }
                if (wanted == 0 || answer == DialScheduler.Answer.BUSY) {
                    break;
                }
            }
        }
        drive();
        var records = new LinkedHashMap<String, Long>();
        book.outcomes()
                .forEach((outcome, n) ->
                        records.put(outcome.name().toLowerCase(java.util.Locale.ROOT), n));
        snapshot =
                new Snapshot(
                        book.size(),
                        Map.copyOf(records),
                        book.evicted(),
                        dials.running(),
                        dials.refusedAddresses(),
                        manager.trimmed());
    }

    private void trim(long now) {
        List<Long> close =
                manager.trim(
                        id -> {
                            Connection connection = connections.get(id);
                            return connection == null ? 0 : connection.streams().size();
                        },
                        id -> {
                            Connection connection = connections.get(id);
                            return connection != null && connection.isProtected();
                        },
                        now);
        for (long id : close) {
            Connection connection = connections.get(id);
            if (connection != null) {
                connection.close(ErrorCodes.CONNECTION_GARBAGE_COLLECTED);
            }
        }
    }

    /// Dials what is due and comes back when more will be.
    private void drive() {
        long now = nanos.getAsLong();
        for (Multiaddr address : dials.due(now)) {
            var _ =
                    host.dial(address)
                            .whenComplete((_, failure) -> {
                                if (failure != null) {
                                    post(() -> {
                                        dials.failed(address, nanos.getAsLong());
                                        drive();
                                    });
                                } else {
                                    post(() ->
                                            dials.connected(address.peerId().orElseThrow(), null));
                                }
                            });
        }
        long at = dials.nextAt();
        if (next != null) {
            next.cancel(false);
            next = null;
        }
        if (at != Long.MAX_VALUE && !closed) {
            next = loop.schedule(guarded(this::drive), Math.max(0, at - now), TimeUnit.NANOSECONDS);
        }
    }

    private void save() {
        if (saving) {
            return;
        }
        AddressBook.Changes changes = book.changes();
        savedAt = nanos.getAsLong();
        if (changes.isEmpty()) {
            return;
        }
        saving = true;
        try {
            workers.execute(() -> {
                try {
                    write(changes);
                } finally {
                    post(() -> saving = false);
                }
            });
        } catch (RejectedExecutionException _) {
            saving = false;
        }
    }

    private void write(AddressBook.Changes changes) {
        synchronized (storeLock) {
            store.save(changes);
        }
    }

    private void post(Runnable task) {
        if (closed) {
            return;
        }
        try {
            loop.execute(guarded(task));
        } catch (RejectedExecutionException _) {
            log.debug("the loop is gone");
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException | AssertionError e) {
                log.error("the peer manager fails", e);
            }
        };
    }

    /// Stops dialling and writes the book down. Blocks; not to be called from the loop.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        var last = new ArrayList<AddressBook.Changes>(1);
        try {
            loop.submit(
                            () -> {
                                closed = true;
                                if (ticker != null) {
                                    ticker.cancel(false);
                                }
                                if (next != null) {
                                    next.cancel(false);
                                }
                                last.add(book.changes());
                            })
                    .get(5, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException
                | RejectedExecutionException e) {
            log.warn("the address book was not saved at the end: {}", e.toString());
        }
        closed = true;
        if (!last.isEmpty() && !last.getFirst().isEmpty()) {
            write(last.getFirst());
        }
        synchronized (storeLock) {
            store.close();
        }
    }
}
