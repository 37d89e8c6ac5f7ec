/// The proofs of blobs, by the native library that execution clients use.
///
/// `trusted-setup.bin` is the result of the KZG ceremony for Ethereum: 4096 points of G1 in
/// monomial and as many in Lagrange form, 48 bytes each, then 65 of G2, 96 bytes each. Its SHA-256
/// is checked when it is loaded. Source: EIP-4844, EIP-7594; ADR 81.
@NullMarked
package org.pollen.mempool.kzg;

import org.jspecify.annotations.NullMarked;
