//! Constants that are the same in every lane, kept in a word a limb.

use super::{FrLanes, broadcast};
use crate::bn254::limbs::split;
use ark_bn254::Fr;

/// The limbs of a constant of `Fr`: five words instead of the forty of [`FrLanes`], for tables.
#[derive(Clone, Copy, Debug)]
pub struct Constant([u64; 5]);

impl Constant {
    /// Prepares constants.
    pub fn of_all(elements: &[Fr]) -> Vec<Self> {
        // From the Montgomery factor 2^256 to 2^260.
        let form = |element: &Fr| (*element * Fr::from(16u64)).0.0;
        elements
            .iter()
            .map(|element| Self(split(form(element))))
            .collect()
    }
}

impl FrLanes {
    /// Returns a constant in every lane, with bound 1.
    #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    #[inline]
    pub fn constant(constant: &Constant) -> Self {
        Self::new(broadcast(constant.0))
    }
}
