/// Benchmarks of single parts with JMH. Each class names its number in the performance plan, its
/// sizes, and what to look for in the result.
@NullMarked
package org.pollen.bench;

import org.jspecify.annotations.NullMarked;
