package org.pollen.node.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A disk that fills up, and whose calls can fail or wait.
final class FailingDisk implements Disk {
    final AtomicLong room = new AtomicLong(Long.MAX_VALUE);
    volatile boolean truncates = true;
    volatile boolean forces = true;
    final AtomicInteger forced = new AtomicInteger();
    private volatile CountDownLatch gate = new CountDownLatch(0);

    /// Lets nothing through until [#release].
    void hold() {
        gate = new CountDownLatch(1);
    }

    void release() {
        gate.countDown();
    }

    @Override
    public FileChannel open(Path file, StandardOpenOption... options) throws IOException {
        return new Channel(FileChannel.open(file, options));
    }

    private final class Channel extends FileChannel {
        private final FileChannel real;

        Channel(FileChannel real) {
            this.real = real;
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (room.get() <= 0) throw new IOException("No space left on device");
            int length = (int) Math.min(room.get(), from.remaining());
            int limit = from.limit();
            from.limit(from.position() + length);
            int written = real.write(from);
            from.limit(limit);
            if (room.get() != Long.MAX_VALUE) room.addAndGet(-written);
            return written;
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            if (!truncates) throw new IOException("Input/output error");
            if (room.get() != Long.MAX_VALUE) room.addAndGet(Math.max(0, real.size() - size));
            return real.truncate(size);
        }

        @Override
        public void force(boolean metadata) throws IOException {
            if (!forces) throw new IOException("Input/output error");
            forced.incrementAndGet();
            real.force(metadata);
        }

        @Override
        public FileChannel position(long to) throws IOException {
            return real.position(to);
        }

        @Override
        public long position() throws IOException {
            return real.position();
        }

        @Override
        public long size() throws IOException {
            return real.size();
        }

        @Override
        protected void implCloseChannel() throws IOException {
            real.close();
        }

        @Override
        public int read(ByteBuffer to) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] to, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] from, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel from, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(ByteBuffer to, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer from, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }
    }
}
