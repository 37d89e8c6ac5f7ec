/// Sweeps of the simulator on Apache Spark: the same tasks, the same lines, on other machines.
@NullMarked
package org.pollen.simulator.spark;

import org.jspecify.annotations.NullMarked;
