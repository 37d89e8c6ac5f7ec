@NullMarked
package org.pollen.peer;

import org.jspecify.annotations.NullMarked;
