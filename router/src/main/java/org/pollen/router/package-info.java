@NullMarked
package org.pollen.router;

import org.jspecify.annotations.NullMarked;
