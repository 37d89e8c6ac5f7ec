package org.pollen.simulator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The tables that a run leaves, with what their columns mean. They are what programs of others
/// read: a column that is renamed, moved or means something else is another [#FORMAT].
///
/// Source: simulator specification 4.2.
enum ResultTable {
    SERIES(
            "what honest peers received, together, in each virtual second",
            "second: begins here",
            "rpcs: RPCs",
            "message_rpcs: those that are one message",
            "deliveries: first copies of messages at peers that count for them",
            "first_bytes: bytes of these, with headers of all layers",
            "message_bytes: bytes of all copies",
            "control_bytes: bytes of other RPCs",
            "ihave_ids: ids of messages that were told of",
            "iwant_ids: ids of messages that were asked for",
            "idontwant_ids: ids of messages that need not be sent",
            "grafts: GRAFT",
            "prunes: PRUNE"),
    DELIVERY(
            "deliveries by topic and phase of their publication",
            "topic: number of the topic, in the order of the scenario",
            "phase: 0 before, 1 during, 2 after the attack, 3 of the victim's messages",
            "messages: that were published, invalid ones left out",
            "reached: deliveries to peers that were up and subscribed when they were published and for half a minute after",
            "expected: how many such peers there were, `stayed` in the specification",
            "reached_all: deliveries to peers that were up and subscribed when they were published",
            "expected_all: how many such peers there were, `all` in the specification",
            "victims_reached: deliveries to victims, as reached",
            "victims_expected: how many victims there were, as expected",
            "p10_ms: delay that 10 % of the deliveries had at most; empty if there was none",
            "p50_ms: 50 %",
            "p90_ms: 90 %",
            "p95_ms: 95 %",
            "p99_ms: 99 %",
            "p999_ms: 99.9 %",
            "max_ms: the longest"),
    DEADLINES(
            "what came too late or not at all, by topic and phase of its publication",
            "topic: number of the topic, in the order of the scenario",
            "phase: 0 before, 1 during, 2 after the attack, 3 of the victim's messages",
            "deadline_s: delay that was allowed",
            "expected: deliveries that count, came they or not",
            "late: deliveries after it",
            "missed: deliveries after it or not at all"),
    LATENCY(
            "cumulative distribution of delays from publication to delivery",
            "phase: of the publication: 0 before, 1 during, 2 after the attack, 3 of the victim's messages",
            "millis: milliseconds",
            "share: of the deliveries of this phase that took at most as long"),
    MESSAGES(
            "each message that was published, in the order of their numbers",
            "number: of the message",
            "second: when it was published",
            "publisher: which peer did",
            "size: bytes of its payload",
            "kind: 0 ordinary, 1 of the victim, 2 invalid",
            "reached: honest peers that had it by the end, of those that count",
            "expected: how many count: up and subscribed when it was published and for half a minute after",
            "slowest_ms: delay of the last of them; empty if nobody had it",
            "topic: number of the topic, in the order of the scenario",
            "reached_all: as reached, with those that left within half a minute",
            "expected_all: as expected, with those that left within half a minute",
            "half_ms: until half of expected had it; empty if they never did, or this message was not followed",
            "p90_ms: until 90 % had it",
            "p99_ms: until 99 % had it",
            "all_ms: until all of them had it"),
    HOPS(
            "first deliveries of the messages that were followed, by how many hops they took and how the last was made",
            "hops: from the publisher on; empty where an attacker was on the way, who does not count",
            "mesh: passed on through a mesh, or over all links where there are no meshes",
            "flood: from the publisher to who is not in its mesh, or from anybody to all holders of a mask of several bits (FLOOD_HOLDERS)",
            "iwant: asked for with IWANT",
            "other: from an attacker, or beside other messages in one RPC"),
    GAPS(
            "cumulative distribution of the time between the first and a further copy of a message at a peer",
            "millis: milliseconds",
            "share: of the further copies that came at most so much later"),
    MESH(
            "meshes of the first mask of up to 200 honest peers, each second",
            "second: of the look",
            "honest: honest members of a mesh, mean",
            "honest_least: in the poorest mesh",
            "attackers: attackers in a mesh, mean",
            "attackers_most: in the worst mesh"),
    GRAPH(
            "the meshes of all honest peers as one graph, each ten seconds, for up to 16 topics",
            "second: of the look",
            "topic: number of the topic, in the order of the scenario",
            "peers: honest peers that are there and subscribe",
            "degree: members of a mesh, mean",
            "degree_least: in the smallest mesh",
            "degree_p10: 10 % of the meshes have at most as many",
            "degree_p50: half of them",
            "degree_p90: 90 % of them",
            "degree_most: in the largest mesh",
            "attackers: share of the members",
            "components: parts that honest peers are in, of which none is linked to another by a mesh; 1 if all are connected",
            "giant: share of the honest peers that is in the largest of them",
            "outbound: share of members that were dialled, of up to 200 peers",
            "age: seconds that members have been in, mean of these; empty without scores",
            "changes: GRAFT and PRUNE that an honest peer received a minute since the last look, of all topics"),
    NEIGHBOURHOOD(
            "members of meshes of the first topic at the last look at the graph: of 80 honest peers around the first, with attackers",
            "peer: whose mesh it is",
            "member: of it",
            "attacker: 1 if the member is one",
            "mutual: 1 if each is in the mesh of the other, and then it is here once"),
    SCORES("scores that up to 40 honest peers give the peers they are linked to", scores()),
    SURVIVAL(
            "how long attackers stay in a mesh, as Kaplan and Meier estimate it",
            "seconds: since they came in",
            "share: of the stays that last longer; those whose peer left are known for as long as it was there",
            "at_risk: stays that had lasted as long when they were last seen"),
    GRAYLISTING(
            "how long attackers that are linked to up to 40 honest peers are not graylisted by them, as Kaplan and Meier estimate it",
            "seconds: since they were linked",
            "share: of the links that are not graylisted for longer",
            "at_risk: links that had lasted as long when they were last seen, and were not"),
    ATTACK(
            "what attackers reach and what it costs them, each second; no lines without attackers",
            "second: of the look",
            "links: from attackers to honest peers, all of these",
            "members: pairs of an attacker and a mesh it is in, of up to 200 peers",
            "entered: of these pairs, new since the last look",
            "left: and gone since then",
            "peers_hit: share of the peers looked at with an attacker in their mesh",
            "peers_taken: share of them with attackers in their mesh and no honest member",
            "bytes: that honest peers received from attackers in the second before",
            "taken_longest: seconds for which one of the peers looked at had attackers in its mesh and no honest member, the longest so far",
            "connections: links of attackers with honest peers so far, each time anew",
            "identities: attackers that have had one",
            "addresses: of these"),
    BANDWIDTH(
            "bytes that honest peers received, together, in each virtual second, by what they are for",
            "second: begins here",
            "first: first copies of messages, with headers of all layers",
            "further: further copies, and what counts for nobody, with headers",
            "ihave: IHAVE",
            "iwant: IWANT",
            "idontwant: IDONTWANT",
            "mesh: GRAFT and PRUNE, with the peers that it names",
            "subscriptions: subscriptions",
            "mixed: messages in one RPC with others or with control",
            "other: extensions, tags, and what is malformed",
            "headers: headers of all layers of RPCs that are not one message",
            "sent: all bytes that honest peers sent, as the last of each RPC leaves",
            "up_most: bytes that one peer sent, of up to 200: the most of them",
            "down_most: bytes that one peer received: the most of them");

    /// The number of this set of tables, in `run.json`.
    static final int FORMAT = 2;

    private final String what;

    @SuppressWarnings("ImmutableEnumChecker") // cannot be changed, in the order of the columns
    private final Map<String, String> columns;

    /// @param columns each its name, a colon, and its meaning
    ResultTable(String what, String... columns) {
        this.what = what;
        var meanings = new LinkedHashMap<String, String>();
        for (String column : columns) {
            int colon = column.indexOf(": ");
            meanings.put(column.substring(0, colon), column.substring(colon + 2));
        }
        this.columns = Collections.unmodifiableMap(meanings);
    }

    private static String[] scores() {
        var columns = new ArrayList<String>();
        columns.add("second: of the look, each five seconds");
        for (String who : Recorder.CLASSES) {
            for (String part : Recorder.PART_NAMES) {
                String name = who + "_" + part.toLowerCase(Locale.ROOT);
                columns.add("%s: %s, weighted, mean".formatted(name, part));
            }
            columns.add(who + "_mean: score, mean");
            columns.add(who + "_least: the lowest score");
            columns.add(who + "_most: the highest score");
            columns.add(who + "_p05: 5 % of the scores are at most so high");
            columns.add(who + "_p50: 50 % of them");
            columns.add(who + "_p95: 95 % of them");
            columns.add(who + "_above_zero: share of the links with a score above zero");
            columns.add(who + "_below_zero: share of the links with a score below zero");
            columns.add(who + "_below_gossip: share below the gossip threshold");
            columns.add(who + "_below_publish: share below the publish threshold");
            columns.add(who + "_graylisted: share below the graylist threshold");
        }
        return columns.toArray(String[]::new);
    }

    /// Of the file, without its ending.
    String file() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// An empty one.
    Table table() {
        return new Table(List.copyOf(columns.keySet()));
    }

    /// All of them as a tabular data package: for each file its columns, with types and meanings.
    static String json() {
        var resources = new ArrayList<Object>();
        for (ResultTable table : values()) {
            var fields = new ArrayList<Object>();
            table.columns.forEach((name, meaning) -> fields.add(field(name, "number", meaning)));
            resources.add(resource(table.file(), table.what, fields));
        }
        resources.add(
                resource(
                        "digest",
                        "the digest of each virtual second, equal in two runs that are the same",
                        List.of(
                                field("second", "integer", "begins here"),
                                field("digest", "string", "128 bits in hexadecimal digits"))));
        var all = new LinkedHashMap<String, Object>();
        all.put("profile", "tabular-data-package");
        all.put("name", "pollen-run");
        all.put("version", Integer.toString(FORMAT));
        all.put("resources", resources);
        return RunFolder.json(all).replace("{\"name\": ", "\n  {\"name\": ") + "\n";
    }

    private static Map<String, Object> resource(String name, String what, List<Object> fields) {
        var resource = new LinkedHashMap<String, Object>();
        resource.put("name", name);
        resource.put("path", name + ".csv");
        resource.put("description", what);
        resource.put("schema", Map.of("fields", fields));
        return resource;
    }

    private static Map<String, Object> field(String name, String type, String meaning) {
        var field = new LinkedHashMap<String, Object>();
        field.put("name", name);
        field.put("type", type);
        field.put("description", meaning);
        return field;
    }
}
