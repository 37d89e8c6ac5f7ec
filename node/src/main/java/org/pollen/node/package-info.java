@NullMarked
package org.pollen.node;

import org.jspecify.annotations.NullMarked;
