package org.pollen.simulator.spark;

import java.io.Serializable;
import org.pollen.simulator.SweepTask;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/// What a worker does with a partition: runs the one task in it.
final class RunTask extends AbstractFunction1<Iterator<SweepTask>, String> implements Serializable {
    private static final long serialVersionUID = 1;

    @Override
    public String apply(Iterator<SweepTask> tasks) {
        return tasks.next().run(() -> Thread.currentThread().isInterrupted());
    }
}
