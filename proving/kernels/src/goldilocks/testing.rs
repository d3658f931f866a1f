//! Words for tests.

use proptest::prelude::*;

use super::field::ORDER;

/// Words at the ends of the canonical range and of the 64 bits, and where halves carry.
pub(crate) const EDGES: [u64; 12] = [
    0,
    1,
    2,
    0xffff_ffff,
    0x1_0000_0000,
    0xffff_ffff_0000_0000,
    ORDER - 2,
    ORDER - 1,
    ORDER,
    ORDER + 1,
    u64::MAX - 1,
    u64::MAX,
];

/// Any word, an edge as often as not.
pub(crate) fn arb_word() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), proptest::sample::select(EDGES.to_vec())]
}

/// A deterministic stream of words (splitmix64), with an edge now and then.
pub(crate) fn words(seed: u64, count: usize) -> Vec<u64> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            if z.is_multiple_of(16) {
                EDGES[(z >> 8) as usize % EDGES.len()]
            } else {
                z
            }
        })
        .collect()
}
