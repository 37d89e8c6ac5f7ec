package org.pollen.bench;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Which library carries Noise: the JDK's or Bouncy Castle's, for each primitive. What to look for:
/// the JDK's cipher ahead on every size, Bouncy Castle ahead on every curve. A record of 12 bytes
/// costs about as much as one of 1 KiB, which is why the host gathers frames before it seals.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NoisePrimitivesBenchmark {
    private static final byte[] NONE = {};

    private final byte[] record = new byte[65535];
    private final byte[] output = new byte[65535];
    private final byte[] nonce = new byte[12];
    private final SecretKeySpec key = new SecretKeySpec(new byte[32], "ChaCha20");
    private final KeyParameter bouncyKey = new KeyParameter(new byte[32]);
    private final ChaCha20Poly1305 bouncy = new ChaCha20Poly1305();
    private final Cipher cipher;
    private long counter;

    private final byte[] x25519Private = new byte[32];
    private final byte[] x25519Public = new byte[32];
    private final KeyPair jdkX25519;
    private final byte[] ed25519Private = new byte[32];
    private final byte[] ed25519Public = new byte[32];
    private final byte[] ed25519Signature = new byte[64];
    private final byte[] message = new byte[56];
    private final KeyPair jdkEd25519;
    private final byte[] jdkSignature;

    /// Makes keys and one signature of each library.
    public NoisePrimitivesBenchmark() {
        try {
            cipher = Cipher.getInstance("ChaCha20-Poly1305");
            var random = new SecureRandom();
            X25519.generatePrivateKey(random, x25519Private);
            X25519.generatePublicKey(x25519Private, 0, x25519Public, 0);
            jdkX25519 = KeyPairGenerator.getInstance("X25519").generateKeyPair();
            random.nextBytes(ed25519Private);
            Ed25519.generatePublicKey(ed25519Private, 0, ed25519Public, 0);
            Ed25519.sign(ed25519Private, 0, message, 0, message.length, ed25519Signature, 0);
            jdkEd25519 = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            Signature signer = Signature.getInstance("Ed25519");
            signer.initSign(jdkEd25519.getPrivate());
            signer.update(message);
            jdkSignature = signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java lacks a primitive", e);
        }
    }

    private byte[] nextNonce() {
        long n = counter++;
        for (int i = 0; i < 8; i++) {
            nonce[4 + i] = (byte) (n >>> (8 * i));
        }
        return nonce;
    }

    private int jdkSeal(int bytes) throws GeneralSecurityException {
        cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(nextNonce()));
        return cipher.doFinal(record, 0, bytes, record, 0);
    }

    private int bouncySeal(int bytes) throws InvalidCipherTextException {
        bouncy.init(true, new AEADParameters(bouncyKey, 128, nextNonce().clone(), NONE));
        int n = bouncy.processBytes(record, 0, bytes, output, 0);
        return n + bouncy.doFinal(output, n);
    }

    @Benchmark
    public int seal12BytesJdk() throws GeneralSecurityException {
        return jdkSeal(12);
    }

    @Benchmark
    public int seal1KiBJdk() throws GeneralSecurityException {
        return jdkSeal(1024);
    }

    @Benchmark
    public int seal1KiBBouncyCastle() throws InvalidCipherTextException {
        return bouncySeal(1024);
    }

    @Benchmark
    public int seal16KiBJdk() throws GeneralSecurityException {
        return jdkSeal(16 << 10);
    }

    @Benchmark
    public int seal16KiBBouncyCastle() throws InvalidCipherTextException {
        return bouncySeal(16 << 10);
    }

    @Benchmark
    public byte[] agreeJdk() throws GeneralSecurityException {
        KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(jdkX25519.getPrivate());
        agreement.doPhase(jdkX25519.getPublic(), true);
        return agreement.generateSecret();
    }

    @Benchmark
    public boolean agreeBouncyCastle() {
        return X25519.calculateAgreement(x25519Private, 0, x25519Public, 0, output, 0);
    }

    @Benchmark
    public boolean verifyJdk() throws GeneralSecurityException {
        Signature verifier = Signature.getInstance("Ed25519");
        verifier.initVerify(jdkEd25519.getPublic());
        verifier.update(message);
        return verifier.verify(jdkSignature);
    }

    @Benchmark
    public boolean verifyBouncyCastle() {
        return Ed25519.verify(ed25519Signature, 0, ed25519Public, 0, message, 0, message.length);
    }
}
