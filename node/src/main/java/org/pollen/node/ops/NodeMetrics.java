package org.pollen.node.ops;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.pollen.discovery.Discv5;
import org.pollen.libp2p.Connection;
import org.pollen.libp2p.HostMetrics;
import org.pollen.libp2p.peers.AddressBook;
import org.pollen.libp2p.peers.PeerManager;
import org.pollen.mempool.BlobAdd;
import org.pollen.mempool.BlobDrop;
import org.pollen.mempool.BlobPoolSnapshot;
import org.pollen.mempool.GossipVerdict;
import org.pollen.mempool.PoolCounter;
import org.pollen.mempool.PoolError;
import org.pollen.mempool.PoolSnapshot;
import org.pollen.mempool.PooledTransaction;
import org.pollen.mempool.TransactionSource;
import org.pollen.mempool.fetch.FetchCounter;
import org.pollen.node.NodeProfiles;
import org.pollen.node.NodeRuntime;
import org.pollen.node.NodeSetup;
import org.pollen.node.Version;
import org.pollen.node.blobs.BlobExchange;
import org.pollen.node.blobs.BlobExchangeView;
import org.pollen.node.chain.ChainBlock;
import org.pollen.node.chain.ChainFault;
import org.pollen.node.chain.ChainStatus;
import org.pollen.node.gossip.GossipView;
import org.pollen.node.pool.BlobDesk;
import org.pollen.node.pool.BudgetedValidator;
import org.pollen.node.pool.PoolService;
import org.pollen.node.rpc.RpcCounters;
import org.pollen.node.rpc.RpcMetrics;
import org.pollen.node.store.BlobFiles;
import org.pollen.node.store.DiskSpace;
import org.pollen.node.store.TransactionJournal;
import org.pollen.node.trace.TraceDrop;
import org.pollen.node.trace.TraceService;
import org.pollen.router.Dialect;
import org.pollen.router.Distribution;
import org.pollen.router.PubsubProtocol;
import org.pollen.router.RouterMetrics;
import org.pollen.router.RouterParams;
import org.pollen.router.RouterSnapshot;
import org.pollen.router.RpcClass;
import org.pollen.scoring.PeerScoreThresholds;
import org.pollen.scoring.ScoreComponent;
import org.pollen.scoring.ScoreParamsLint;
import org.pollen.scoring.TopicScoreSnapshot;

/// Everything a node counts, as the families of one scrape: made from snapshots when asked, so that
/// counting costs the cores an addition.
///
/// Source: operations.md 10. No peer id, address or hash is a label.
final class NodeMetrics implements MultiCollector {
    private static final List<ScoreComponent> COMPONENTS =
            List.of(
                    ScoreComponent.P1,
                    ScoreComponent.P2,
                    ScoreComponent.P3,
                    ScoreComponent.P3B,
                    ScoreComponent.P4);

    private static final List<String> SECURITIES = List.of("noise", "tls");

    private final NodeRuntime node;
    private final NodeRoutes routes;
    private final List<ScoreParamsLint.Finding> findings;

    NodeMetrics(NodeRuntime node, NodeRoutes routes) {
        this.node = node;
        this.routes = routes;
        NodeSetup setup = node.setup();
        var gossip =
                new NodeProfiles.Gossip(
                        setup.protocols(),
                        setup.router(),
                        setup.scores(),
                        setup.thresholds(),
                        setup.second());
        findings = NodeProfiles.lint(gossip, setup.messagesPerSecond(), false);
    }

    @Override
    public MetricSnapshots collect() {
        var page = new MetricPage();
        process(page);
        host(page, node.host().metrics());
        PeerManager peers = node.peering();
        if (peers != null) peering(page, peers.snapshot());
        GossipView view = node.gossip().view();
        if (view != null) gossip(page, view);
        PoolService pool = node.pool();
        if (pool != null) pool(page, pool);
        TraceService trace = node.trace();
        if (trace != null) trace(page, trace);
        rpc(page, node.rpcCounters());
        return page.snapshots();
    }

    private void process(MetricPage page) {
        page.info(
                "pollen_build_info",
                "version",
                Version.CURRENT.number(),
                "commit",
                Version.CURRENT.commit(),
                "java",
                Runtime.version().toString(),
                "dialect",
                node.setup().dialect());
        routes.checks()
                .forEach((check, verdict) ->
                        page.gauge("pollen_ready", verdict.equals("ok") ? 1 : 0, "check", check));
        queue(page, "router", node.gossip().depth(), node.gossip().capacity());
        PoolService pool = node.pool();
        if (pool != null) queue(page, "pool", pool.depth(), pool.capacity());
        var workers = node.shared().validation().getQueue();
        queue(page, "validation", workers.size(), workers.size() + workers.remainingCapacity());
        if (ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system) {
            page.counter("process_cpu_seconds_total", system.getProcessCpuTime() / 1e9);
        }
        routes.lags()
                .forEach((loop, seconds) ->
                        page.histogram("pollen_loop_lag_seconds", seconds, "loop", loop));
        LogEvents.counts()
                .forEach((level, count) ->
                        page.counter("pollen_log_events_total", count, "level", level));
    }

    private static void queue(MetricPage page, String name, double depth, double limit) {
        page.gauge("pollen_queue_depth", depth, "queue", name);
        page.gauge("pollen_queue_limit", limit, "queue", name);
    }

    private static void reachability(
            MetricPage page,
            HostMetrics.RelayMetrics relay,
            HostMetrics.AutoNatMetrics autoNat,
            HostMetrics.HolePunchMetrics holes) {
        String reservations = "libp2p_relay_reservations";
        page.gauge(reservations, relay.reservationsHeld(), "dir", "held");
        page.gauge(reservations, relay.reservationsGiven(), "dir", "given");
        String requests = "libp2p_relay_requests_total";
        page.counter(requests, relay.reservationsGranted(), "result", "granted");
        page.counter(requests, relay.reservationsFailed(), "result", "failed");
        page.gauge("libp2p_relay_circuits", relay.circuits());
        page.counter("libp2p_relay_bytes_total", relay.bytes());
        relay.answers()
                .forEach((status, count) ->
                        page.counter("libp2p_relay_answers_total", count, "status", status));
        for (String verdict : List.of("unknown", "reachable", "unreachable")) {
            page.gauge(
                    "libp2p_autonat_verdict",
                    verdict.equals(autoNat.verdict()) ? 1 : 0,
                    "verdict",
                    verdict);
        }
        page.gauge("libp2p_autonat_confirmed_addresses", autoNat.confirmed());
        String answers = "libp2p_autonat_answers_total";
        page.counter(answers, autoNat.reached(), "result", "reached");
        page.counter(answers, autoNat.failed(), "result", "failed");
        page.counter(answers, autoNat.refused(), "result", "refused");
        page.counter(answers, autoNat.discarded(), "result", "discarded");
        String punches = "libp2p_hole_punches_total";
        page.counter(punches, holes.plain(), "result", "plain");
        page.counter(punches, holes.punched(), "result", "punched");
        page.counter(punches, holes.failed(), "result", "failed");
    }

    private static void handshakes(
            MetricPage page, String thread, HostMetrics.HandshakeSteps steps) {
        page.counter("libp2p_handshake_steps_total", steps.count(), "thread", thread);
        page.counter("libp2p_handshake_steps_seconds_total", steps.nanos() / 1e9, "thread", thread);
    }

    private static void peering(MetricPage page, PeerManager.Snapshot peering) {
        page.gauge("libp2p_address_book_peers", peering.known());
        for (AddressBook.Outcome outcome : AddressBook.Outcome.values()) {
            String label = outcome.name().toLowerCase(Locale.ROOT);
            page.counter(
                    "libp2p_address_book_records_total",
                    peering.records().getOrDefault(label, 0L),
                    "outcome",
                    label);
        }
        page.counter("libp2p_address_book_evicted_total", peering.evicted());
        page.gauge("libp2p_peers_dialling", peering.dialling());
        page.counter("libp2p_dials_forbidden_total", peering.forbidden());
        page.counter("libp2p_connections_trimmed_total", peering.trimmed());
    }

    private void host(MetricPage page, HostMetrics host) {
        page.gauge("libp2p_peers", host.peers());
        connections(page, node.host().connections());
        routes.opened().forEach((label, count) -> opened(page, label, count));
        closed(page, "inbound", host.closedInbound());
        closed(page, "outbound", host.closedOutbound());
        host.dials()
                .forEach((result, count) ->
                        page.counter("libp2p_swarm_dials_total", count, "result", result));
        host.rejected()
                .forEach((reason, count) ->
                        page.counter("libp2p_swarm_rejected_total", count, "reason", reason));
        host.limits()
                .forEach((limit, count) ->
                        page.counter("libp2p_refusals_total", count, "limit", limit));
        handshakes(page, "loop", host.handshakesOnLoop());
        handshakes(page, "executor", host.handshakesOnExecutor());
        reachability(page, host.relay(), host.autoNat(), host.holePunch());
        for (HostMetrics.ProtocolStreams streams : host.streams()) {
            String protocol = streams.protocol();
            page.gauge("libp2p_streams", streams.inbound(), "dir", "inbound", "protocol", protocol);
            page.gauge(
                    "libp2p_streams", streams.outbound(), "dir", "outbound", "protocol", protocol);
        }
        for (HostMetrics.ProtocolTraffic traffic : host.traffic()) {
            String name = "libp2p_data_transfer_bytes_total";
            page.counter(name, traffic.bytesIn(), "dir", "inbound", "protocol", traffic.protocol());
            page.counter(
                    name, traffic.bytesOut(), "dir", "outbound", "protocol", traffic.protocol());
        }
        host.agents().forEach((agent, count) -> page.gauge("libp2p_agents", count, "agent", agent));
        routes.handshakes()
                .forEach((security, seconds) ->
                        page.histogram(
                                "libp2p_swarm_handshake_seconds",
                                seconds,
                                "security",
                                security,
                                "muxer",
                                "yamux"));
        page.histogram("libp2p_ping_seconds", routes.roundTrips());
        discovered(page, "boot", node.setup().bootnodes().size());
        discovered(page, "static", node.setup().direct().size());
        discovered(page, "px", node.gossip().exchanged());
        Discv5 discv5 = node.discv5();
        discovered(page, "discv5", discv5 == null ? 0 : discv5.learned());
        if (discv5 != null) {
            page.gauge("libp2p_discv5_peers", discv5.known());
            page.counter("libp2p_discv5_searches_total", discv5.searches(), "result", "ok");
            page.counter("libp2p_discv5_searches_total", discv5.failures(), "result", "failed");
        }
    }

    private static void discovered(MetricPage page, String source, double count) {
        page.counter("libp2p_discovered_peers_total", count, "source", source);
    }

    private static void connections(MetricPage page, Collection<Connection> open) {
        for (NodeRoutes.Way way : NodeRoutes.WAYS) {
            for (String security : SECURITIES) {
                long count =
                        open.stream()
                                .filter(c -> NodeRoutes.Way.of(c).equals(way))
                                .filter(c -> c.security().equals(security))
                                .count();
                page.gauge(
                        "libp2p_swarm_connections",
                        count,
                        "dir",
                        way.outbound() ? "outbound" : "inbound",
                        "transport",
                        way.transport(),
                        "security",
                        security,
                        "muxer",
                        "yamux");
            }
        }
    }

    private static void opened(MetricPage page, NodeRoutes.Way way, double count) {
        page.counter(
                "libp2p_swarm_connections_opened_total",
                count,
                "dir",
                way.outbound() ? "outbound" : "inbound",
                "transport",
                way.transport());
    }

    private static void closed(MetricPage page, String dir, Map<String, Long> reasons) {
        reasons.forEach((reason, count) ->
                page.counter(
                        "libp2p_swarm_connections_closed_total",
                        count,
                        "dir",
                        dir,
                        "reason",
                        reason));
    }

    private void gossip(MetricPage page, GossipView view) {
        for (RouterMetrics.Sample sample : view.samples()) {
            page.counter(sample.name(), sample.value(), named(sample.labels()));
        }
        for (RouterMetrics.HistogramSample sample : view.histograms()) {
            page.histogram(sample.name(), sample.counts(), named(sample.labels()));
        }
        page.histogram("gossipsub_heartbeat_duration_seconds", view.heartbeats());
        page.histogram("gossipsub_score_refresh_seconds", view.refreshes());
        for (RpcClass rpcClass : RpcClass.values()) {
            page.gauge(
                    "gossipsub_outbound_queue_bytes",
                    view.queued().getOrDefault(rpcClass, 0L),
                    "class",
                    rpcClass.label());
        }
        page.histogram("gossipsub_delivery_seconds", routes.latency().counts(), "topic", "tx");
        for (Dialect dialect : Dialect.values()) {
            page.counter(
                    "gossipsub_messages_translated_total",
                    node.gossip().passedTo(dialect),
                    "to",
                    dialect.name().toLowerCase(Locale.ROOT));
        }
        RouterSnapshot snapshot = view.snapshot();
        page.gauge("gossipsub_topics", snapshot.topics().size());
        page.gauge("gossipsub_peers", snapshot.peers().size());
        for (PubsubProtocol protocol : PubsubProtocol.values()) {
            long count =
                    snapshot.peers().stream().filter(peer -> peer.protocol() == protocol).count();
            page.gauge("gossipsub_peers_by_protocol", count, "protocol", protocol.id());
        }
        long direct = snapshot.peers().stream().filter(RouterSnapshot.PeerView::direct).count();
        page.gauge("gossipsub_direct_peers", direct, "state", "connected");
        page.gauge(
                "gossipsub_direct_peers",
                snapshot.directPeers().size() - direct,
                "state",
                "missing");
        page.gauge("gossipsub_backoffs", snapshot.backoffs());
        page.gauge("gossipsub_seen_entries", snapshot.seenEntries());
        page.gauge("gossipsub_mcache_messages", snapshot.cachedMessages());
        page.gauge("gossipsub_score_retained_peers", snapshot.retainedPeers());
        page.gauge("gossipsub_score_delivery_records", snapshot.deliveryRecords());
        for (RouterSnapshot.Topic topic : snapshot.topics()) topic(page, topic, snapshot);
        for (RouterSnapshot.Fanout fanout : snapshot.fanouts()) {
            String name = node.gossip().nameOf(fanout.mask());
            page.gauge("gossipsub_fanout_peers", fanout.peers().size(), "topic", name);
        }
        for (RouterSnapshot.Composite composite : snapshot.composites()) {
            String name = node.gossip().nameOf(composite.mask());
            page.gauge("gossipsub_composite_mesh_peers", composite.mesh().size(), "topic", name);
            page.gauge("gossipsub_full_holders", composite.fullHolders(), "topic", name);
        }
        params(page);
        scores(page, snapshot);
        for (ScoreParamsLint.Severity severity : ScoreParamsLint.Severity.values()) {
            long count = findings.stream().filter(f -> f.severity() == severity).count();
            String label = severity.name().toLowerCase(Locale.ROOT);
            page.gauge("gossipsub_score_lint_findings", count, "severity", label);
        }
    }

    /// Label values that are topics become their names.
    private String[] named(List<String> labels) {
        String[] named = labels.toArray(String[]::new);
        for (int i = 0; i + 1 < named.length; i += 2) {
            if (named[i].equals("topic")) named[i + 1] = routes.topicName(named[i + 1]);
        }
        return named;
    }

    private void topic(MetricPage page, RouterSnapshot.Topic topic, RouterSnapshot snapshot) {
        String name = node.gossip().nameOf(topic.mask());
        page.gauge("gossipsub_topic_peers", topic.subscribers(), "topic", name);
        page.gauge("gossipsub_mesh_peers", topic.mesh().size(), "topic", name);
        page.gauge("gossipsub_mesh_outbound_peers", topic.outbound(), "topic", name);
        page.gauge("gossipsub_mesh_max_peers_per_prefix", topic.maxPerPrefix(), "topic", name);
        double[] scores =
                snapshot.peers().stream()
                        .filter(peer -> topic.mesh().contains(peer.id()))
                        .mapToDouble(peer -> peer.score().score())
                        .sorted()
                        .toArray();
        page.gauge("gossipsub_mesh_score", at(scores, 0), "topic", name, "stat", "min");
        page.gauge("gossipsub_mesh_score", at(scores, .5), "topic", name, "stat", "p50");
        page.gauge("gossipsub_mesh_score", at(scores, 1), "topic", name, "stat", "max");
    }

    private void params(MetricPage page) {
        RouterParams params = node.setup().router();
        PeerScoreThresholds thresholds = node.setup().thresholds();
        param(page, "d", params.meshTarget());
        param(page, "d_lo", params.meshLow());
        param(page, "d_hi", params.meshHigh());
        param(page, "d_out", params.meshOutbound());
        param(page, "heartbeat_seconds", params.heartbeatInterval().toNanos() / 1e9);
        param(page, "gossip_threshold", thresholds.gossipThreshold());
        param(page, "publish_threshold", thresholds.publishThreshold());
        param(page, "graylist_threshold", thresholds.graylistThreshold());
    }

    private static void param(MetricPage page, String name, double value) {
        page.gauge("gossipsub_param", value, "name", name);
    }

    private void scores(MetricPage page, RouterSnapshot snapshot) {
        double[] scores =
                snapshot.peers().stream().mapToDouble(p -> p.score().score()).sorted().toArray();
        String name = "gossipsub_score";
        page.gauge(name, at(scores, 0), "stat", "min");
        page.gauge(name, at(scores, .1), "stat", "p10");
        page.gauge(name, at(scores, .5), "stat", "p50");
        page.gauge(name, at(scores, .9), "stat", "p90");
        page.gauge(name, at(scores, 1), "stat", "max");
        page.gauge(name, Arrays.stream(scores).average().orElse(0), "stat", "mean");
        PeerScoreThresholds t = node.setup().thresholds();
        above(page, scores, "graylist", t.graylistThreshold());
        above(page, scores, "publish", t.publishThreshold());
        above(page, scores, "gossip", t.gossipThreshold());
        above(page, scores, "zero", 0);
        above(page, scores, "opportunistic", t.opportunisticGraftThreshold());
        above(page, scores, "accept_px", t.acceptPXThreshold());
        for (RouterSnapshot.Topic topic : snapshot.topics()) {
            for (ScoreComponent component : COMPONENTS) {
                double[] values =
                        snapshot.peers().stream()
                                .mapToDouble(peer -> contribution(peer, topic, component))
                                .sorted()
                                .toArray();
                component(page, component, node.gossip().nameOf(topic.mask()), values);
            }
        }
        for (ScoreComponent component :
                List.of(ScoreComponent.P5, ScoreComponent.P6, ScoreComponent.P7)) {
            double[] values =
                    snapshot.peers().stream()
                            .mapToDouble(peer -> peer.score().contribution(component))
                            .sorted()
                            .toArray();
            component(page, component, "", values);
        }
    }

    private static double contribution(
            RouterSnapshot.PeerView peer, RouterSnapshot.Topic topic, ScoreComponent component) {
        for (TopicScoreSnapshot one : peer.score().topics()) {
            if (one.key().equals(topic.name())) return one.contribution(component);
        }
        return 0;
    }

    private static void component(
            MetricPage page, ScoreComponent component, String topic, double[] sorted) {
        String p = component.name().toLowerCase(Locale.ROOT);
        String name = "gossipsub_score_component";
        page.gauge(name, at(sorted, 0), "p", p, "topic", topic, "stat", "min");
        page.gauge(
                name,
                Arrays.stream(sorted).average().orElse(0),
                "p",
                p,
                "topic",
                topic,
                "stat",
                "mean");
        page.gauge(name, at(sorted, 1), "p", p, "topic", topic, "stat", "max");
    }

    private static void above(MetricPage page, double[] scores, String name, double threshold) {
        double count = Arrays.stream(scores).filter(score -> score >= threshold).count();
        page.gauge("gossipsub_peers_by_score_threshold", count, "threshold", name);
    }

    private static double at(double[] sorted, double share) {
        if (sorted.length == 0) return 0;
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    }

    private void pool(MetricPage page, PoolService service) {
        PoolSnapshot pool = service.snapshot();
        page.gauge("txpool_pending", pool.pending());
        page.gauge("txpool_queued", pool.queued());
        page.gauge("txpool_slots", pool.slots());
        page.gauge("txpool_slots_limit", pool.slotsMax());
        page.gauge("txpool_pending_accounts", pool.pendingAccounts());
        page.gauge("txpool_queued_accounts", pool.queuedAccounts());
        page.gauge("txpool_bytes", pool.bytes());
        contents(page, pool, service);
        BlobDesk desk = service.blobs();
        BlobPoolSnapshot blobs = desk == null ? null : desk.snapshot();
        if (blobs != null) blobs(page, blobs);
        BlobFiles files = desk == null ? null : desk.files();
        if (files != null) {
            page.counter("blobpool_writes_total", files.written(), "result", "ok");
            page.counter("blobpool_writes_total", files.failed(), "result", "failed");
            page.counter("blobpool_damaged_total", files.damaged());
        }
        BlobExchange exchange = desk == null ? null : desk.exchange();
        if (exchange != null) exchange(page, exchange.seen());
        TransactionJournal journal = service.journal();
        if (journal != null) {
            page.gauge("txpool_journal_bytes", journal.bytes());
            page.counter("txpool_journal_writes_total", journal.written(), "result", "ok");
            page.counter("txpool_journal_writes_total", journal.failed(), "result", "failed");
        }
        DiskSpace disk = node.disk();
        if (disk != null) page.gauge("pollen_data_free_bytes", disk.free());
        BudgetedValidator budgets = node.budgets();
        if (budgets != null) {
            page.counter("txpool_budget_refused_total", budgets.refused());
            page.counter("txpool_worthless_peers_total", budgets.worthless());
        }
        page.histogram("txpool_run_seconds", service.runSeconds());
        page.histogram("txpool_drop_between_runs", service.evictions());
        service.residence()
                .forEach((outcome, seconds) ->
                        page.histogram("txpool_residence_seconds", seconds, "outcome", outcome));
        recoveries(page, "ok", service.recovered());
        recoveries(page, "invalid", service.unrecoverable());
        for (PoolCounter counter : PoolCounter.values()) {
            page.counter(counter.metric(), pool.metrics().count(counter));
        }
        for (PoolError error : PoolError.values()) {
            for (TransactionSource source : TransactionSource.values()) {
                page.counter(
                        "txpool_rejected_total",
                        pool.metrics().rejected(error, source),
                        "error",
                        error.name(),
                        "source",
                        source.name().toLowerCase(Locale.ROOT));
            }
        }
        for (GossipVerdict verdict : GossipVerdict.values()) {
            page.counter(
                    "txpool_gossip_verdicts_total",
                    service.verdicts(verdict),
                    "verdict",
                    verdict.name().toLowerCase(Locale.ROOT));
        }
        ChainBlock head = service.chain().latest();
        page.gauge("chain_head_number", head.number());
        page.gauge("chain_head_timestamp_seconds", head.header().timestamp());
        if (head.header().baseFee() != null) {
            page.gauge("chain_base_fee_wei", head.header().baseFee().doubleValue());
        }
        page.counter("chain_reorgs_total", routes.reorgs());
        page.gauge("chain_reorg_depth_blocks", routes.lastReorgDepth());
        ChainStatus status = service.chain().status();
        page.gauge("chain_source_up", status.up() ? 1 : 0, "source", status.source());
        for (ChainFault fault : ChainFault.values()) {
            page.counter(
                    "chain_source_errors_total",
                    status.errors().getOrDefault(fault, 0L),
                    "source",
                    status.source(),
                    "kind",
                    fault.label());
        }
        page.gauge("chain_accounts", status.accounts());
        page.counter("chain_account_reads_total", status.reads());
        page.counter("chain_unknown_senders_total", service.unknownSenders());
    }

    private static void exchange(MetricPage page, BlobExchangeView seen) {
        page.gauge("blobpool_peers", seen.peers());
        page.counter("blobpool_announced_total", seen.announced());
        page.counter("blobpool_served_total", seen.served(), "result", "ok");
        page.counter("blobpool_served_total", seen.unknown(), "result", "unknown");
        page.counter("blobpool_served_total", seen.limited(), "result", "limited");
        page.counter("blobpool_served_bytes_total", seen.servedBytes());
        new TreeMap<>(seen.faults())
                .forEach((reason, n) ->
                        page.counter("blobpool_peer_faults_total", n, "reason", reason));
        for (FetchCounter counter : FetchCounter.values()) {
            page.counter(
                    "txpool_fetcher_total",
                    seen.fetches().count(counter),
                    "stage",
                    counter.stage(),
                    "result",
                    counter.result());
        }
        page.gauge("txpool_fetcher_hashes", seen.waiting(), "state", "waiting");
        page.gauge("txpool_fetcher_hashes", seen.queueing(), "state", "queueing");
        page.gauge("txpool_fetcher_hashes", seen.fetching(), "state", "fetching");
    }

    private static void blobs(MetricPage page, BlobPoolSnapshot blobs) {
        page.gauge("blobpool_slotused", blobs.pending());
        page.gauge("blobpool_gapped", blobs.gapped());
        page.gauge("blobpool_limbo", blobs.limbo());
        page.gauge("blobpool_datacap_bytes", blobs.dataCap());
        page.gauge("blobpool_dataused_bytes", blobs.dataUsed());
        for (BlobAdd result : BlobAdd.values()) {
            page.counter(
                    "blobpool_add_total",
                    blobs.metrics().count(result),
                    "result",
                    result.name().toLowerCase(Locale.ROOT));
        }
        for (BlobDrop reason : BlobDrop.values()) {
            page.counter(
                    "blobpool_drop_total",
                    blobs.metrics().count(reason),
                    "reason",
                    reason.name().toLowerCase(Locale.ROOT));
        }
    }

    private static void recoveries(MetricPage page, String result, double count) {
        page.counter("txpool_signature_recoveries_total", count, "result", result);
    }

    /// What only a walk over the pool tells.
    private static void contents(MetricPage page, PoolSnapshot pool, PoolService service) {
        var caps = new ArrayList<BigInteger>();
        var local = new int[1];
        pool.forEachAccount(account -> {
            for (PooledTransaction one : account.pending()) {
                caps.add(one.transaction().feeCap());
                if (one.source() == TransactionSource.LOCAL) local[0]++;
            }
            for (PooledTransaction one : account.queued()) {
                if (one.source() == TransactionSource.LOCAL) local[0]++;
            }
        });
        page.gauge("txpool_local", service.locals().orElse(local[0]));
        caps.sort(null);
        price(page, "min_tip", pool.minTip());
        price(page, "cheapest", caps.isEmpty() ? BigInteger.ZERO : caps.getFirst());
        price(page, "p50", caps.isEmpty() ? BigInteger.ZERO : caps.get(caps.size() / 2));
    }

    private static void price(MetricPage page, String what, BigInteger wei) {
        page.gauge("txpool_price_wei", wei.doubleValue(), "what", what);
    }

    private static void trace(MetricPage page, TraceService trace) {
        page.counter("gossipsub_trace_events_total", trace.written());
        for (TraceDrop reason : TraceDrop.values()) {
            page.counter(
                    "gossipsub_trace_dropped_total",
                    trace.dropped(reason),
                    "reason",
                    reason.label());
        }
        page.gauge("gossipsub_trace_waiting", trace.depth());
    }

    private static void rpc(MetricPage page, RpcCounters counters) {
        var calls = new ArrayList<>(counters.requests().entrySet());
        for (var call : calls) {
            page.counter(
                    "rpc_requests_total",
                    call.getValue().count(),
                    "listener",
                    "public",
                    "method",
                    call.getKey().method(),
                    "result",
                    call.getKey().result());
        }
        // One histogram a method: the results of a method share it.
        var methods = new TreeMap<String, List<Distribution.Counts>>();
        for (var call : calls) {
            methods.computeIfAbsent(call.getKey().method(), _ -> new ArrayList<>())
                    .add(call.getValue().seconds());
        }
        methods.forEach((method, parts) ->
                page.histogram(
                        "rpc_duration_seconds",
                        Distribution.Counts.sum(parts),
                        "listener",
                        "public",
                        "method",
                        method));
        counters.connections()
                .forEach((kind, count) -> page.gauge("rpc_connections", count, "transport", kind));
        counters.subscriptions()
                .forEach((kind, count) -> page.gauge("rpc_subscriptions", count, "kind", kind));
        for (RpcMetrics.Refusal reason : RpcMetrics.Refusal.values()) {
            page.counter(
                    "rpc_rejected_total",
                    counters.refusals(reason),
                    "reason",
                    reason.name().toLowerCase(Locale.ROOT));
        }
        counters.notificationsDropped()
                .forEach((kind, count) ->
                        page.counter("rpc_notifications_dropped_total", count, "kind", kind));
    }
}
