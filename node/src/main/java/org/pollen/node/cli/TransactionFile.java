package org.pollen.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.pollen.node.ErrorCode;
import org.pollen.node.OperatorException;

/// A text file with one signed transaction, 0x and hexadecimal digits, a line; empty lines and
/// those that begin with # are for people.
final class TransactionFile {
    private static final int BYTES_MAX = 64 << 20;

    private TransactionFile() {}

    /// The transactions of a file.
    ///
    /// @param flag that named it, for the error
    /// @throws OperatorException USE-001 with the line that is none
    static List<String> read(String flag, Path file) {
        try {
            if (Files.size(file) > BYTES_MAX) throw new IOException("larger than 64 MiB");
            var transactions = new ArrayList<String>();
            int number = 0;
            for (String line : Files.readAllLines(file)) {
                number++;
                String text = line.strip();
                if (text.isEmpty() || text.startsWith("#")) continue;
                if (!text.matches("0x([0-9a-fA-F]{2})+")) {
                    throw new IOException(
                            "line %d is not 0x and hexadecimal digits".formatted(number));
                }
                transactions.add(text);
            }
            if (transactions.isEmpty()) throw new IOException("there is no transaction in it");
            return transactions;
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    flag + " " + file + " cannot be used: " + e.getMessage(),
                    "give a text file with one signed transaction, 0x…, a line",
                    e);
        }
    }

    /// Writes a file that must not be there yet.
    ///
    /// @throws OperatorException USE-001 if it is there, DAT-003 if it cannot be written
    static void write(Path file, List<String> lines) {
        if (Files.exists(file)) {
            throw new OperatorException(
                    ErrorCode.USE_001,
                    file + " is there already",
                    "name another file, or remove this one");
        }
        try {
            Files.write(file, lines, StandardOpenOption.CREATE_NEW);
        } catch (IOException e) {
            throw new OperatorException(
                    ErrorCode.DAT_003,
                    file + " cannot be written: " + e.getMessage(),
                    "name a file in a folder that can be written to",
                    e);
        }
    }
}
