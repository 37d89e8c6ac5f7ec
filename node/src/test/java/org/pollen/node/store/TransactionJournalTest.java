package org.pollen.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pollen.mempool.Address;
import org.pollen.mempool.Hash32;
import org.pollen.mempool.LocalJournal;
import org.pollen.mempool.LocalTracker;
import org.pollen.mempool.Transaction;
import org.pollen.node.OperatorException;
import org.pollen.node.chain.DevAccount;

/// The journal of local transactions on a disk that fills up, breaks and loses power; mempool.md
/// 11.
class TransactionJournalTest {
    @TempDir Path folder;

    private Path file() {
        return folder.resolve("pool").resolve("transactions.rlp");
    }

    static Transaction transfer(int from, long nonce) {
        return DevAccount.of(42, from)
                .signer()
                .draft(2, BigInteger.valueOf(31_337))
                .nonce(nonce)
                .fees(BigInteger.TEN, BigInteger.TWO)
                .gas(21_000)
                .value(BigInteger.ONE)
                .to(new Address(new byte[Address.BYTES]))
                .sign();
    }

    private static List<Transaction> transfers(int count) {
        var list = new ArrayList<Transaction>();
        for (int i = 0; i < count; i++) list.add(transfer(i % 3, i / 3));
        return list;
    }

    /// What a new process reads out of a file.
    private static LocalTracker.Loaded read(byte[] content) {
        return new LocalTracker(LocalJournal.NONE, Duration.ofHours(1), 0).load(content);
    }

    private List<Hash32> onDisk() throws IOException {
        return read(Files.readAllBytes(file())).transactions().stream()
                .map(Transaction::hash)
                .toList();
    }

    private static List<Hash32> hashes(List<Transaction> transactions) {
        return transactions.stream().map(Transaction::hash).toList();
    }

    @Test
    @DisplayName("C131 (file): what was appended and is durable is there for the next process")
    void whatIsDurableIsThere() throws IOException {
        List<Transaction> all = transfers(10);
        try (var journal = TransactionJournal.open(file())) {
            for (Transaction tx : all) journal.append(tx.listElement());
            assertThat(journal.durable().join()).isTrue();
            assertThat(onDisk()).isEqualTo(hashes(all));
            assertThat(journal.written()).isEqualTo(10);
            assertThat(journal.bytes()).isEqualTo(Files.size(file()));
        }
        try (var journal = TransactionJournal.open(file())) {
            assertThat(read(journal.takeFound()).transactions()).isEqualTo(all);
            assertThat(journal.takeFound()).isEmpty();
            journal.append(transfer(9, 0).listElement());
            assertThat(journal.durable().join()).isTrue();
        }
        assertThat(onDisk()).hasSize(11).last().isEqualTo(transfer(9, 0).hash());
    }

    @Test
    @DisplayName("C131 (file): a rotation replaces everything, and appending goes on behind it")
    void aRotationReplacesTheContent() throws IOException {
        List<Transaction> all = transfers(6);
        try (var journal = TransactionJournal.open(file())) {
            for (Transaction tx : all) journal.append(tx.listElement());
            journal.rotate(List.of(all.get(5).listElement(), all.get(1).listElement()));
            journal.append(all.get(0).listElement());
            assertThat(journal.durable().join()).isTrue();
        }
        assertThat(onDisk()).isEqualTo(hashes(List.of(all.get(5), all.get(1), all.get(0))));
        assertThat(folder.resolve("pool").toFile().list()).hasSize(1);
    }

    @Test
    @DisplayName("C133 (file): cut at any byte, all whole records before the cut are taken over")
    void aFileCutAtAnyByteIsTakenOver() throws IOException {
        List<Transaction> all = transfers(3);
        try (var journal = TransactionJournal.open(file())) {
            for (Transaction tx : all) journal.append(tx.listElement());
        }
        byte[] whole = Files.readAllBytes(file());
        for (int cut = 0; cut <= whole.length; cut++) {
            Files.write(file(), Arrays.copyOf(whole, cut));
            try (var journal = TransactionJournal.open(file())) {
                var tracker = new LocalTracker(journal, Duration.ofHours(1), 0);
                byte[] content = journal.takeFound();
                LocalTracker.Loaded loaded = tracker.load(content);
                int records = cut * 3 / whole.length;
                assertThat(loaded.transactions()).as("cut at %d", cut).hasSize(records);
                assertThat(tracker.track(all.get(2))).isEqualTo(records < 3);
                assertThat(journal.durable().join()).isTrue();
            }
            assertThat(onDisk()).as("cut at %d", cut).contains(all.get(2).hash());
            assertThat(read(Files.readAllBytes(file())).failure()).isNull();
        }
    }

    @Test
    @DisplayName("11: a crash at any point of a rotation leaves the old file or the new one")
    void aCrashDuringARotationLeavesOneOfBoth() throws IOException {
        List<Transaction> all = transfers(4);
        try (var journal = TransactionJournal.open(file())) {
            for (Transaction tx : all) journal.append(tx.listElement());
        }
        byte[] old = Files.readAllBytes(file());
        byte[] next = all.get(3).listElement();
        Path fresh = file().resolveSibling("transactions.rlp.new");
        for (int written = 0; written <= next.length; written++) {
            Files.write(file(), old);
            Files.write(fresh, Arrays.copyOf(next, written)); // and then the power went
            try (var journal = TransactionJournal.open(file())) {
                assertThat(read(journal.takeFound()).transactions()).isEqualTo(all);
            }
            assertThat(fresh).doesNotExist();
        }
        Files.write(file(), next); // renamed, and then the power went
        assertThat(onDisk()).containsExactly(all.get(3).hash());
    }

    @Test
    @DisplayName("11: a full disk costs the records that do not fit, and no other")
    void aFullDiskCostsOnlyWhatDoesNotFit() throws IOException {
        List<Transaction> all = transfers(8);
        var disk = new FailingDisk();
        int record = all.getFirst().listElement().length;
        disk.room.set(3L * record + record / 2); // the fourth is torn in the middle
        try (var journal = TransactionJournal.open(file(), disk)) {
            for (int i = 0; i < 5; i++) {
                journal.append(all.get(i).listElement());
                assertThat(journal.durable().join()).as("record %d", i).isEqualTo(i < 3);
            }
            assertThat(journal.trouble()).contains("No space left");
            assertThat(journal.failed()).isEqualTo(2);
            assertThat(read(Files.readAllBytes(file())).failure()).isNull();
            assertThat(onDisk()).isEqualTo(hashes(all.subList(0, 3)));

            // A rotation that does not fit either leaves the file alone.
            journal.rotate(all.stream().map(Transaction::listElement).toList());
            assertThat(journal.durable().join()).isTrue();
            assertThat(onDisk()).isEqualTo(hashes(all.subList(0, 3)));
            assertThat(file().resolveSibling("transactions.rlp.new")).doesNotExist();

            disk.room.set(Long.MAX_VALUE);
            journal.append(all.get(5).listElement());
            assertThat(journal.durable().join()).isTrue();
            assertThat(journal.trouble()).isNull();
        }
        assertThat(onDisk())
                .isEqualTo(hashes(List.of(all.get(0), all.get(1), all.get(2), all.get(5))));
    }

    @Test
    @DisplayName("11: a rotation that failed is said to have, whatever is appended behind it")
    void aFailedRotationIsDue() throws IOException {
        List<Transaction> all = transfers(3);
        var disk = new FailingDisk();
        try (var journal = TransactionJournal.open(file(), disk)) {
            journal.append(all.get(0).listElement());
            assertThat(journal.rotated().join()).isTrue();
            disk.forces = false;
            journal.rotate(List.of());
            assertThat(journal.rotated().join()).isFalse();
            disk.forces = true;
            journal.append(all.get(1).listElement());
            assertThat(journal.durable().join()).isTrue();
            assertThat(journal.trouble()).isNull();
            assertThat(journal.rotationDue()).isTrue();
            assertThat(journal.rotated().join()).isFalse();
            assertThat(onDisk()).isEqualTo(hashes(all.subList(0, 2)));
            journal.rotate(List.of(all.get(1).listElement()));
            assertThat(journal.rotated().join()).isTrue();
            assertThat(journal.rotationDue()).isFalse();
        }
        assertThat(onDisk()).containsExactly(all.get(1).hash());
    }

    @Test
    @DisplayName("11: a tail that cannot be cut off is never written behind; a rotation mends it")
    void aTornTailIsNeverWrittenBehind() throws IOException {
        List<Transaction> all = transfers(4);
        var disk = new FailingDisk();
        try (var journal = TransactionJournal.open(file(), disk)) {
            journal.append(all.get(0).listElement());
            assertThat(journal.durable().join()).isTrue();
            disk.room.set(10);
            disk.truncates = false;
            journal.append(all.get(1).listElement());
            assertThat(journal.durable().join()).isFalse();
            disk.room.set(Long.MAX_VALUE);
            journal.append(all.get(2).listElement());
            assertThat(journal.durable().join()).isFalse();
            assertThat(journal.wantsRotation()).isTrue();
            assertThat(onDisk()).containsExactly(all.get(0).hash());

            journal.rotate(List.of(all.get(0).listElement(), all.get(1).listElement()));
            journal.append(all.get(3).listElement());
            assertThat(journal.durable().join()).isTrue();
            assertThat(journal.wantsRotation()).isFalse();
        }
        assertThat(onDisk()).isEqualTo(hashes(List.of(all.get(0), all.get(1), all.get(3))));
    }

    @Test
    @DisplayName("11: what could not be forced is not promised")
    void whatCouldNotBeForcedIsNotPromised() throws IOException {
        var disk = new FailingDisk();
        try (var journal = TransactionJournal.open(file(), disk)) {
            disk.forces = false;
            journal.append(transfer(0, 0).listElement());
            assertThat(journal.durable().join()).isFalse();
            assertThat(journal.wantsRotation()).isTrue();
            disk.forces = true;
            journal.rotate(List.of(transfer(0, 0).listElement()));
            journal.append(transfer(0, 1).listElement());
            assertThat(journal.durable().join()).isTrue();
        }
        assertThat(onDisk()).hasSize(2);
    }

    @Test
    void oneForceCoversWhatCameTogether() {
        var disk = new FailingDisk();
        try (var journal = TransactionJournal.open(file(), disk)) {
            disk.hold();
            var all = new ArrayList<java.util.concurrent.CompletableFuture<Boolean>>();
            for (int i = 0; i < 200; i++) {
                journal.append(transfer(i % 3, i / 3).listElement());
                all.add(journal.durable());
            }
            disk.release();
            all.forEach(one -> assertThat(one.join()).isTrue());
            assertThat(disk.forced.get()).isLessThanOrEqualTo(3);
        }
    }

    @Test
    @DisplayName("DAT-005: a journal that is a folder, a link or far too large is not used")
    void whatIsNoJournalIsRefused() throws IOException {
        Files.createDirectories(file());
        refused("it is a folder, a link or a device");
        Files.delete(file());
        Files.createSymbolicLink(file(), folder.resolve("elsewhere"));
        refused("it is a folder, a link or a device");
        Files.delete(file());
        try (var large = new RandomAccessFile(file().toFile(), "rw")) {
            large.setLength(TransactionJournal.BYTES_MAX + 1);
        }
        refused("bytes, more than");
        Files.delete(file());
    }

    private void refused(String why) {
        assertThatThrownBy(() -> TransactionJournal.open(file()))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining(why)
                .satisfies(e -> assertThat(((OperatorException) e).exitCode()).isEqualTo(4));
    }

    @Test
    @DisplayName("DAT-003: a journal that cannot be opened is one clear error")
    void whatCannotBeOpenedIsOneError() {
        assertThatThrownBy(() ->
                        TransactionJournal.open(
                                file(),
                                (_, _) -> {
                                    throw new IOException("Read-only file system");
                                }))
                .isInstanceOf(OperatorException.class)
                .hasMessageContaining("Read-only file system");
        assertThat(StandardOpenOption.values()).isNotEmpty();
    }
}
