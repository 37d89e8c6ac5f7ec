/// Settings: one list of keys, read from flags, environment and TOML, every problem with its place.
@NullMarked
package org.pollen.node.config;

import org.jspecify.annotations.NullMarked;
