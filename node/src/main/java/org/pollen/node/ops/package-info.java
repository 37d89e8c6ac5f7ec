/// What an operator looks at: metrics, health, service discovery, the live page and its API.
///
/// Read-only. Everything is answered from immutable snapshots, so that a scrape or an open page
/// never waits for a core and no core waits for them. Source: operations.md 8.1, 10, 12.
@NullMarked
package org.pollen.node.ops;

import org.jspecify.annotations.NullMarked;
