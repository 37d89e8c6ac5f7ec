@NullMarked
package org.pollen.scoring;

import org.jspecify.annotations.NullMarked;
