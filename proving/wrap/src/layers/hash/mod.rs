//! The BN254-native hasher of the outermost Plonky2 layer (L2).
//!
//! L2 is verified in a constraint system over the scalar field `Fr` of BN254, where Goldilocks hashing is dear and
//! `Fr` hashing is cheap. So its Merkle trees and its transcript hash in `Fr`, through Plonky2's own traits. Only the
//! hash of the public inputs stays Goldilocks Poseidon (`InnerHasher`).
//!
//! All permutations are Poseidon2 over `Fr` (x⁵, 8 full rounds; `t` = 4, 8, 16 with 56, 57, 57 partial rounds; the
//! constants of the crate `taceo-poseidon2`, those of the reference parameter script). `P4`, `P8`, `P16` name them.
//! `r` is the order of `Fr`, `p` that of Goldilocks. Integers are written to `Fr` directly (no Montgomery form).
//!
//! # Packing
//!
//! Three Goldilocks words make one element, missing words are zero: `pack(e0, e1, e2) = e0 + e1·2^64 + e2·2^128`.
//! Injective on words below 2^64, canonical or not, since 2^192 < r.
//!
//! # Domains
//!
//! `domain(tag, n) = int(tag)·2^64 + n` with `int` the big-endian integer of the ASCII tag.
//!
//! # Leaves
//!
//! A leaf of `n` words (`n = 0` included; never passed through unhashed) is packed to `m = ceil(n / 3)` elements and
//! absorbed by a sponge: `P8` with rate 7 when `m <= 7`, else `P16` with rate 15. State: rate elements zero, capacity
//! (the last element) `domain("assay.leaf.v1", n)`. Each block of rate elements, the last one filled up with zeros, is
//! *added* to the rate part and the permutation applied (once when `m = 0`). The hash is state element 0. The length in
//! the capacity makes the zero filling injective. `hash_no_pad` (circuit digest) is the same function.
//!
//! # Merkle nodes
//!
//! Trees are 4-ary: every other binary level only concatenates. A [`MerkleHash`] is `One(a)` or `Two(a, b)`:
//!
//! - `two_to_one(One(a), One(b)) = Two(a, b)`
//! - `two_to_one(Two(a, b), Two(c, d)) = One(P4(a, b, c, d)[0] + a)`
//! - any other pair, which no tree has: `One` of element 0 of `P8` over the three elements, left to right, four zeros and
//!   `domain("assay.mismatch.v1", elements of the left one)`. It depends on both siblings: were it one constant, a cap of
//!   that constant would open to any leaf. A verifier refuses such a pair by its height before it hashes anything.
//!
//! A leaf is `One`; so a tree with an even number of levels between leaf and cap has `One` caps, an odd number
//! `Two` caps, which is a cap twice as tall. The compression is the truncated permutation with feed-forward of the
//! Poseidon2 paper (eprint 2023/323, section 3.1): in the ideal-permutation model collisions and preimages of the
//! one-element output cost 2^127 and 2^254 / (number of queries). Leaves use other permutations (`P8`, `P16`) and so
//! cannot be mistaken for nodes; levels cannot be mistaken for one another since every tree's depth is fixed.
//!
//! # Digests as words
//!
//! Plonky2 observes a digest as Goldilocks words. An element `d` becomes six words, two packed cells
//! `c0 = pack(l0, l1, l2)`, `c1 = pack(h, k, 0)` with
//!
//! ```text
//! d = c0 + 2^192 · c1   (mod r)
//! ```
//!
//! `k` is the least integer >= 0 such that the canonical integer of `d - k·2^256 mod r`, cut into 64-bit limbs
//! `l0, l1, l2` and the rest `h < 2^62`, has all limbs below `p`. (`k` is 0 save with probability 2^-30.)
//! `Two(a, b)` is the twelve words of `a`, then of `b`. Which of the two a word list stands for follows from the height
//! of the nodes, which a verifier checks of every entry of a cap before it observes it.
//!
//! The cells determine `d`, which makes the encoding injective *and* cheap to verify: as long as digests start on a
//! multiple of three words of a duplexing (a test pins that for L2), a constraint system absorbs free cells `c0, c1`
//! under that one linear equation. It needs no range check: Fiat–Shamir needs a function from the absorbed elements
//! to the message, not the other way; more than one encoding of a digest is no more than a salt, which the prover has
//! anyway by changing what it commits to.
//!
//! # Transcript
//!
//! [`TranscriptPermutation`] is a duplex sponge on `P4`, rate 3 elements, driven by Plonky2's `Challenger`. It has nine
//! input words `w[0..9]` and the state `s[0..4]`, at first `(0, 0, 0, domain("assay.transcript.v1", 0))`. One
//! duplexing with the first `k` input words set (`0 <= k <= 9`; the others are zero) is
//!
//! ```text
//! s[i] += pack(w[3i], w[3i+1], w[3i+2])   for i = 0, 1, 2
//! s[3] += k
//! s = P4(s)
//! ```
//!
//! then the input words are cleared, and nine output words are available: element `i = 0, 1, 2` in this order gives
//! bits 0..63, 63..126 and 126..189 of the canonical integer of `s[i]`, each a Goldilocks word below 2^63. Challenges
//! are taken in this order. The statistical distance of one element's 189 bits from uniform is below 2^-64, and its
//! bits above 189 are not used. Adding `k` binds how many words each duplexing absorbed.
//!
//! Plonky2's `Challenger` decides when a duplexing happens: as soon as nine words are observed, and before a challenge
//! is taken while observed words are pending or no output is left. An observation discards the outputs left over.
//! The proof-of-work response is the first challenge after the witness is observed; as a word has 63 bits, `n` leading
//! zeros of a 64-bit word are `n - 1` bits of work: the parameters ask for one more.

mod config;
mod digest;
mod packing;
mod sponge;
mod transcript;
mod trees;

pub use config::{Bn254Hasher, OuterConfig};
pub use digest::{DIGEST_WORDS, MerkleHash};
pub use packing::{WORDS_PER_ELEMENT, domain, pack, pack_words};
pub use sponge::{
    LEAF_DOMAIN, LONG_LEAF_RATE, SHORT_LEAF_RATE, compress, hash_leaf, leaf_capacity,
};
pub use transcript::{
    CHALLENGE_BITS, TRANSCRIPT_DOMAIN, TRANSCRIPT_RATE, TranscriptPermutation, WORDS_PER_CHALLENGE,
};

#[cfg(test)]
mod tests;
