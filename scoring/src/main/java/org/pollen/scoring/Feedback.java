package org.pollen.scoring;

/// What only the application can know about a payload, such as a partial message.
public enum Feedback {
    /// Counts as a first delivery.
    USEFUL,
    /// Counts as an invalid message.
    INVALID
}
