package org.pollen.simulator;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What `sim replay --break` stops at: a figure of one peer compared with a number.
///
/// `mesh(17).sybil > 6` (or `.honest`, `.size`) looks at the members of the mesh of the first mask,
/// `links(17) >= 40` at all links, `score(17,93) < -10` at the score that 17 gives 93. Source:
/// simulator specification 4.4.
///
/// @param text as it was given
/// @param what `mesh`, `links` or `score`
/// @param peer whose figure it is
/// @param other whom it scores, or -1
/// @param field of the mesh
/// @param rule how it is compared
/// @param limit with what
record BreakCondition(
        String text, String what, int peer, int other, String field, String rule, double limit) {
    private static final Pattern FORM =
            Pattern.compile(
                    "\\s*(?:(mesh)\\((\\d{1,7})\\)\\.(sybil|honest|size)|(links)\\((\\d{1,7})\\)|(score)\\((\\d{1,7})\\s*,\\s*(\\d{1,7})\\))"
                            + "\\s*(>=|<=|>|<|==)\\s*(-?\\d+(?:\\.\\d+)?)\\s*");

    /// @throws ScenarioException saying how it must look
    static BreakCondition parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new ScenarioException(
                    "--break `%s`: it must be like `mesh(17).sybil > 6`, `.honest`, `.size`, `links(17) >= 40` or `score(17,93) < -10`"
                            .formatted(text));
        }
        String rule = form.group(9);
        double limit = Double.parseDouble(form.group(10));
        String mesh = form.group(1);
        if (mesh != null) {
            int peer = Integer.parseInt(form.group(2));
            return new BreakCondition(text, mesh, peer, -1, form.group(3), rule, limit);
        }
        if (form.group(4) != null) {
            int peer = Integer.parseInt(form.group(5));
            return new BreakCondition(text, "links", peer, -1, "", rule, limit);
        }
        int peer = Integer.parseInt(form.group(7));
        int other = Integer.parseInt(form.group(8));
        return new BreakCondition(text, "score", peer, other, "", rule, limit);
    }

    /// @throws ScenarioException if a run has no such peers
    void check(Setup setup) {
        if (!setup.profile().routed()) {
            throw new ScenarioException("--break: the profile light has no routers to look into");
        }
        if (peer >= setup.honest()) {
            throw new ScenarioException(
                    "--break `%s`: peer %d: one of the %d honest peers, from 0 on"
                            .formatted(text, peer, setup.honest()));
        }
        if (other >= setup.total()) {
            throw new ScenarioException(
                    "--break `%s`: peer %d: below %d".formatted(text, other, setup.total()));
        }
    }

    /// What it is now.
    double value(Simulation simulation) {
        HonestPeer at = simulation.honestPeer(peer);
        return switch (what) {
            case "links" -> at.links();
            case "score" -> at.scoreOf(other);
            default -> {
                int honest = 0;
                int[] mesh = at.mesh();
                for (int member : mesh) if (simulation.honest(member)) honest++;
                yield field.equals("honest")
                        ? honest
                        : field.equals("size") ? mesh.length : mesh.length - honest;
            }
        };
    }

    boolean holds(double value) {
        return switch (rule) {
            case ">=" -> value >= limit;
            case "<=" -> value <= limit;
            case ">" -> value > limit;
            case "<" -> value < limit;
            default -> value == limit;
        };
    }

    /// What there is to see of the peer at this instant, a line each.
    List<String> scene(Simulation simulation) {
        HonestPeer at = simulation.honestPeer(peer);
        var honest = new StringBuilder();
        var sybils = new StringBuilder();
        for (int member : at.mesh()) {
            (simulation.honest(member) ? honest : sybils)
                    .append(String.format(Locale.ROOT, "  %d (%.3f)", member, at.scoreOf(member)));
        }
        return List.of(
                "peer %d has %d links; members of its mesh, with the scores it gives them:"
                        .formatted(peer, at.links()),
                "  honest:    " + (honest.isEmpty() ? "none" : honest.toString().trim()),
                "  attackers: " + (sybils.isEmpty() ? "none" : sybils.toString().trim()));
    }
}
