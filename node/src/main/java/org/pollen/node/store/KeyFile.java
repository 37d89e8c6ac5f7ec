package org.pollen.node.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;
import org.pollen.peer.MalformedException;
import org.pollen.peer.PrivateKey;

/// A node's identity on the disk: one libp2p `PrivateKey` protobuf, readable by its owner alone.
///
/// Source: operations.md 5.
public final class KeyFile {
    private static final int BYTES_MAX = 8 << 10; // an RSA-8192 key has about 5 KiB
    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private KeyFile() {}

    /// Reads a key.
    ///
    /// @throws OperatorException KEY-001 if there is none, KEY-002 if others can read it, KEY-003
    ///   if it is not a key
    public static PrivateKey read(Path file) {
        byte[] bytes;
        try {
            refuseLoosePermissions(file);
            if (Files.size(file) > BYTES_MAX) throw corrupt(file, "larger than 8 KiB");
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new OperatorException(
                    ErrorCode.KEY_001,
                    "key file " + file + " does not exist",
                    "make one with: pollen key new --out " + file,
                    e);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.KEY_001,
                    "key file " + file + " cannot be read: " + e.getMessage(),
                    "make it readable for the user that runs Pollen, and for no other",
                    e);
        }
        try {
            return PrivateKey.fromProtobuf(bytes);
        } catch (MalformedException e) {
            throw corrupt(file, e.getMessage());
        }
    }

    /// Writes a new key and brings it to the disk before returning.
    ///
    /// @throws OperatorException KEY-001 if the file exists or cannot be written
    public static void create(Path file, PrivateKey key) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null && !Files.isDirectory(folder)) createPrivateFolder(folder);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER));
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                var bytes = ByteBuffer.wrap(key.toProtobuf());
                while (bytes.hasRemaining()) channel.write(bytes);
                channel.force(true);
            }
        } catch (FileAlreadyExistsException e) {
            throw new OperatorException(
                    ErrorCode.KEY_001,
                    "key file " + file + " exists already",
                    "choose another name; a key is never written over",
                    e);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.KEY_001,
                    "key file " + file + " cannot be written: " + e.getMessage(),
                    "choose a folder that you can write to",
                    e);
        }
    }

    /// Makes a folder, and those above it, that only its owner can enter.
    public static void createPrivateFolder(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) Files.createDirectories(parent);
        Files.createDirectory(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static void refuseLoosePermissions(Path file) throws IOException {
        Set<PosixFilePermission> found = Files.getPosixFilePermissions(file);
        var loose = EnumSet.noneOf(PosixFilePermission.class);
        loose.addAll(found);
        loose.removeAll(OWNER);
        loose.remove(PosixFilePermission.OWNER_EXECUTE);
        if (!loose.isEmpty()) {
            throw new OperatorException(
                    ErrorCode.KEY_002,
                    "key file %s is open to others (%s)"
                            .formatted(file, PosixFilePermissions.toString(found)),
                    "run: chmod 600 " + file);
        }
    }

    private static OperatorException corrupt(
            Path file, @org.jspecify.annotations.Nullable String why) {
        return new OperatorException(
                ErrorCode.KEY_003,
                "key file " + file + " does not hold a private key: " + why,
                "restore it from a backup, or make a new identity with: pollen key new");
    }
}
