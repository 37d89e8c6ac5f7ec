package org.pollen.libp2p;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// ChaCha20-Poly1305 of the system's OpenSSL 3, by the foreign function API.
///
/// Heap arrays are given to it as they are, without copies (the calls are "critical": they take
/// microseconds and call nothing back). It is used only after it gave the same bytes as the JDK's
/// cipher; without the library, with `-Dpollen.openssl=false`, or where native access is forbidden,
/// the JDK's is used.
@SuppressWarnings("restricted") // the functions below are declared as OpenSSL's manual has them
final class LibCrypto {
    private static final Logger log = LoggerFactory.getLogger(LibCrypto.class);

    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong ADDRESS = ValueLayout.JAVA_LONG; // the same as a number
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final int GET_TAG = 0x10;
    private static final int SET_TAG = 0x11;
    private static final byte[] NONE = {};
    private static final int VERSION = 3; // the major one

    /// Null if it cannot be used.
    static final @Nullable LibCrypto FOUND = find();

    private final MethodHandle newContext;
    private final MethodHandle freeContext;
    private final MethodHandle init;
    private final MethodHandle update;
    private final MethodHandle last;
    private final MethodHandle control;
    private final MethodHandle updateTo; // with an address to write to
    private final MethodHandle controlTo;
    private final MemorySegment cipher;
    private final ThreadLocal<Context> contexts = ThreadLocal.withInitial(this::context);

    /// What a thread seals and opens with; freed when the thread is gone.
    private static final class Context {
        private final MemorySegment pointer;
        private final MemorySegment written;
        private final MemorySegment tag;
        private final Last sealed = new Last();
        private final Last opened = new Last();

        private Context(MemorySegment pointer, Arena arena) {
            this.pointer = pointer;
            this.written = arena.allocate(INT);
            this.tag = arena.allocate(NoiseCipher.TAG_BYTES);
        }
    }

    /// The array of the last call as the functions want it: mostly it is that of the next, too.
    private static final class Last {
        private byte[] array = NONE;
        private int off;
        private MemorySegment segment = MemorySegment.NULL;

        @SuppressWarnings("ReferenceEquality") // the same array, not an equal one
        private MemorySegment of(byte[] next, int at) {
            if (next != array || at != off) {
                segment = MemorySegment.ofArray(next).asSlice(at);
                array = next;
                off = at;
            }
            return segment;
        }
    }

    private LibCrypto(SymbolLookup symbols) throws Throwable {
        Linker linker = Linker.nativeLinker();
        newContext =
                linker.downcallHandle(
                        symbols.findOrThrow("EVP_CIPHER_CTX_new"), FunctionDescriptor.of(POINTER));
        freeContext =
                linker.downcallHandle(
                        symbols.findOrThrow("EVP_CIPHER_CTX_free"),
                        FunctionDescriptor.ofVoid(POINTER));
        init =
                quick(
                        symbols,
                        "EVP_CipherInit_ex",
                        POINTER,
                        POINTER,
                        POINTER,
                        POINTER,
                        POINTER,
                        INT);
        update = quick(symbols, "EVP_CipherUpdate", POINTER, POINTER, POINTER, POINTER, INT);
        last = quick(symbols, "EVP_CipherFinal_ex", POINTER, POINTER, POINTER);
        control = quick(symbols, "EVP_CIPHER_CTX_ctrl", POINTER, INT, INT, POINTER);
        updateTo = quick(symbols, "EVP_CipherUpdate", POINTER, ADDRESS, POINTER, POINTER, INT);
        controlTo = quick(symbols, "EVP_CIPHER_CTX_ctrl", POINTER, INT, INT, ADDRESS);
        MethodHandle chosen =
                linker.downcallHandle(
                        symbols.findOrThrow("EVP_chacha20_poly1305"),
                        FunctionDescriptor.of(POINTER));
        cipher = (MemorySegment) chosen.invokeExact();
    }

    /// A function that takes heap arrays and answers with an int.
    private static MethodHandle quick(
            SymbolLookup symbols, String name, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(
                        symbols.findOrThrow(name),
                        FunctionDescriptor.of(INT, arguments),
                        Linker.Option.critical(true));
    }

    private static @Nullable LibCrypto find() {
        if ("false".equals(System.getProperty("pollen.openssl"))) {
            return null;
        }
        try {
            SymbolLookup symbols = SymbolLookup.libraryLookup("libcrypto.so.3", Arena.global());
            MethodHandle version =
                    Linker.nativeLinker()
                            .downcallHandle(
                                    symbols.findOrThrow("OPENSSL_version_major"),
                                    FunctionDescriptor.of(INT));
            if ((int) version.invokeExact() != VERSION) {
                return null;
            }
            var library = new LibCrypto(symbols);
            if (library.agrees()) {
                return library;
            }
            log.warn("OpenSSL's ChaCha20-Poly1305 differs from the JDK's and is not used");
        } catch (Throwable e) { // whatever it is: there is another cipher
            log.debug("no OpenSSL: {}", e.toString());
        }
        return null;
    }

    /// Whether it seals as the JDK does, opens what it sealed, and refuses what was changed.
    private boolean agrees() {
        byte[] key = new byte[32];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (7 * i + 1);
        }
        for (int length : new int[] {0, 1, 15, 16, 17, 64, 1000, 65519}) {
            byte[] associated = Arrays.copyOf(key, length % 32);
            byte[] plain = new byte[length + NoiseCipher.TAG_BYTES];
            Arrays.fill(plain, 0, length, (byte) length);
            byte[] theirs = plain.clone();
            new JdkNoiseCipher(key).seal(associated, theirs, 0, length);
            byte[] ours = plain.clone();
            MemorySegment secret = MemorySegment.ofArray(key);
            MemorySegment nonce = MemorySegment.ofArray(new byte[12]);
            seal(secret, nonce, associated, ours, 0, length);
            byte[] apart = theirs.clone();
            if (associated.length == 0) {
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment to = arena.allocate(theirs.length);
                    seal(secret, nonce, plain, 0, length, to.address());
                    apart = to.toArray(ValueLayout.JAVA_BYTE);
                }
            }
            if (!Arrays.equals(ours, theirs) || !Arrays.equals(apart, theirs)) {
                return false;
            }
            byte[] changed = ours.clone();
            changed[length / 2] ^= 1;
            if (open(secret, nonce, associated, changed, 0, length)
                    || !open(secret, nonce, associated, ours, 0, length)
                    || !Arrays.equals(ours, 0, length, plain, 0, length)) {
                return false;
            }
        }
        return true;
    }

    private Context context() {
        MemorySegment none = MemorySegment.NULL;
        try {
            var made = (MemorySegment) newContext.invokeExact();
            if (made.equals(none)) {
                throw new OutOfMemoryError("EVP_CIPHER_CTX_new");
            }
            Arena arena = Arena.ofAuto();
            MemorySegment owned = made.reinterpret(arena, this::free);
            done((int) init.invokeExact(owned, cipher, none, none, none, 1), "EVP_CipherInit_ex");
            return new Context(owned, arena);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private void free(MemorySegment context) {
        try {
            freeContext.invokeExact(context);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /// Encrypts in place and puts the tag behind.
    void seal(
            MemorySegment key,
            MemorySegment nonce,
            byte[] associated,
            byte[] array,
            int off,
            int len) {
        Context context = contexts.get();
        MemorySegment bytes = context.sealed.of(array, off);
        try {
            start(context, key, nonce, associated, 1);
            crypt(context, bytes, len);
            finish(context, "EVP_CipherFinal_ex");
            int ok =
                    (int)
                            control.invokeExact(
                                    context.pointer, GET_TAG, NoiseCipher.TAG_BYTES, context.tag);
            done(ok, "EVP_CTRL_AEAD_GET_TAG");
            MemorySegment.copy(
                    context.tag, ValueLayout.JAVA_BYTE, 0, array, off + len, NoiseCipher.TAG_BYTES);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /// Encrypts without associated data from an array to an address, where there is room for the
    /// tag, too.
    void seal(MemorySegment key, MemorySegment nonce, byte[] array, int off, int len, long to) {
        Context context = contexts.get();
        try {
            start(context, key, nonce, NONE, 1);
            if (len > 0) {
                int ok =
                        (int)
                                updateTo.invokeExact(
                                        context.pointer,
                                        to,
                                        context.written,
                                        context.sealed.of(array, off),
                                        len);
                done(ok, "EVP_CipherUpdate");
            }
            finish(context, "EVP_CipherFinal_ex");
            int ok =
                    (int)
                            controlTo.invokeExact(
                                    context.pointer, GET_TAG, NoiseCipher.TAG_BYTES, to + len);
            done(ok, "EVP_CTRL_AEAD_GET_TAG");
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /// Decrypts in place; the tag is behind.
    ///
    /// @param len without the tag
    /// @return false if the tag is wrong; the bytes are worthless then
    boolean open(
            MemorySegment key,
            MemorySegment nonce,
            byte[] associated,
            byte[] array,
            int off,
            int len) {
        Context context = contexts.get();
        MemorySegment bytes = context.opened.of(array, off);
        try {
            start(context, key, nonce, associated, 0);
            MemorySegment.copy(
                    array, off + len, context.tag, ValueLayout.JAVA_BYTE, 0, NoiseCipher.TAG_BYTES);
            int ok =
                    (int)
                            control.invokeExact(
                                    context.pointer, SET_TAG, NoiseCipher.TAG_BYTES, context.tag);
            done(ok, "EVP_CTRL_AEAD_SET_TAG");
            crypt(context, bytes, len);
            return (int) last.invokeExact(context.pointer, context.tag, context.written) == 1;
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private void start(
            Context context,
            MemorySegment key,
            MemorySegment nonce,
            byte[] associated,
            int encrypting)
            throws Throwable {
        MemorySegment none = MemorySegment.NULL;
        int ok = (int) init.invokeExact(context.pointer, none, none, key, nonce, encrypting);
        done(ok, "EVP_CipherInit_ex");
        if (associated.length > 0) {
            ok =
                    (int)
                            update.invokeExact(
                                    context.pointer,
                                    none,
                                    context.written,
                                    MemorySegment.ofArray(associated),
                                    associated.length);
            done(ok, "EVP_CipherUpdate");
        }
    }

    private void crypt(Context context, MemorySegment bytes, int len) throws Throwable {
        if (len > 0) {
            int ok = (int) update.invokeExact(context.pointer, bytes, context.written, bytes, len);
            done(ok, "EVP_CipherUpdate");
        }
    }

    private void finish(Context context, String function) throws Throwable {
        int ok = (int) last.invokeExact(context.pointer, context.tag, context.written);
        done(ok, function);
    }

    private static void done(int answer, String function) {
        if (answer != 1) {
            throw new IllegalStateException(function + " answers " + answer);
        }
    }

    private static RuntimeException rethrown(Throwable e) {
        if (e instanceof RuntimeException defect) {
            return defect;
        }
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(e);
    }
}
