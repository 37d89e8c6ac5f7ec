package org.pollen.simulator;

import java.util.List;

/// A scenario file that cannot be run; the message says where and why.
public final class ScenarioException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int code;

    ScenarioException(String message) {
        this(message, 2);
    }

    ScenarioException(String message, int code) {
        super(message);
        this.code = code;
    }

    /// What the command ends with.
    int code() {
        return code;
    }

    /// The known word that is nearest to what was written, as the end of a message.
    static String suggestion(String written, List<String> known) {
        String best = "";
        int least = Math.max(2, written.length() / 3) + 1;
        for (String word : known) {
            int distance = distance(written, word);
            if (distance < least) {
                least = distance;
                best = word;
            }
        }
        return best.isEmpty()
                ? "; known: " + String.join(", ", known)
                : "; did you mean " + best + "?";
    }

    private static int distance(String a, String b) {
        var row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) row[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
