package org.pollen.scoring;

/// The parts of which a score is the sum.
public enum ScoreComponent {
    /// Time in the mesh.
    P1("P1", "time in mesh"),
    /// First message deliveries.
    P2("P2", "first message deliveries"),
    /// Message deliveries in the mesh, while there are too few of them.
    P3("P3", "mesh message deliveries"),
    /// Deficits that were left behind when the peer left a mesh.
    P3B("P3b", "mesh failures"),
    /// Invalid messages.
    P4("P4", "invalid messages"),
    /// The opinion of the application.
    P5("P5", "application"),
    /// Peers on the same address.
    P6("P6", "shared addresses"),
    /// Behaviour penalties.
    P7("P7", "behaviour"),
    /// Messages dropped because the peer does not read them.
    SLOW("slow", "slow peer"),
    /// What the cap takes from the topics together; never positive.
    CAP("cap", "topic score cap");

    private final String symbol;
    private final String text;

    ScoreComponent(String symbol, String text) {
        this.symbol = symbol;
        this.text = text;
    }

    /// How the specifications call it.
    public String symbol() {
        return symbol;
    }

    /// What it stands for.
    public String text() {
        return text;
    }
}
