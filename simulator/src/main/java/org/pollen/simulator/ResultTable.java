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
            "control_bytes: bytes of other RPCs"),
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
            "slowest_ms: delay of the last of them; empty if nobody had it"),
    MESH(
            "meshes of the first mask of up to 200 honest peers, each second",
            "second: of the look",
            "honest: honest members of a mesh, mean",
            "honest_least: in the poorest mesh",
            "attackers: attackers in a mesh, mean",
            "attackers_most: in the worst mesh"),
    SCORES("scores that up to 40 honest peers give the peers they are linked to", scores()),
    SURVIVAL(
            "how long attackers stay in a mesh, as Kaplan and Meier estimate it",
            "seconds: since they came in",
            "share: of the stays that last longer",
            "at_risk: stays that had lasted as long when they were last seen"),
    ATTACK(
            "what attackers reach and what it costs them, each second; no lines without attackers",
            "second: of the look",
            "links: from attackers to honest peers, all of these",
            "members: pairs of an attacker and a mesh it is in, of up to 200 peers",
            "entered: of these pairs, new since the last look",
            "left: and gone since then",
            "peers_hit: share of the peers looked at with an attacker in their mesh",
            "peers_taken: share of them with attackers in their mesh and no honest member",
            "bytes: that honest peers received from attackers in the second before"),
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
    static final int FORMAT = 1;

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
        for (String who : List.of("honest", "attackers")) {
            for (String part : Recorder.PART_NAMES) {
                String name = who + "_" + part.toLowerCase(Locale.ROOT);
                columns.add("%s: %s, weighted, mean".formatted(name, part));
            }
            columns.add(who + "_mean: score, mean");
            columns.add(who + "_least: the lowest score");
            columns.add(who + "_most: the highest score");
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
