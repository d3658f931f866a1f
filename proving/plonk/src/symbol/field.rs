//! Plonky2's field traits for symbols: its constants, and what of them is needed to record.
//!
//! Operations that need the value of a field element (inverse, canonical form, comparison) are only there for
//! constants; gates do them at no wire.

use std::fmt;

use num_bigint::BigUint;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::extension::{Extendable, Frobenius};
use plonky2::field::types::{Field, Field64, PrimeField, PrimeField64, Sample};
use plonky2::hash::hash_types::RichField;
use rand::RngCore;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};

use super::Symbol;
use crate::field::F;

const fn known(value: F) -> Symbol {
    Symbol::Constant(value.0)
}

const fn known_pair(values: [F; 2]) -> [Symbol; 2] {
    [known(values[0]), known(values[1])]
}

impl Field for Symbol {
    const ZERO: Self = known(F::ZERO);
    const ONE: Self = known(F::ONE);
    const TWO: Self = known(F::TWO);
    const NEG_ONE: Self = known(F::NEG_ONE);
    const TWO_ADICITY: usize = F::TWO_ADICITY;
    const CHARACTERISTIC_TWO_ADICITY: usize = F::CHARACTERISTIC_TWO_ADICITY;
    const MULTIPLICATIVE_GROUP_GENERATOR: Self = known(F::MULTIPLICATIVE_GROUP_GENERATOR);
    const POWER_OF_TWO_GENERATOR: Self = known(F::POWER_OF_TWO_GENERATOR);
    const BITS: usize = F::BITS;

    fn order() -> BigUint {
        F::order()
    }

    fn characteristic() -> BigUint {
        F::characteristic()
    }

    fn try_inverse(&self) -> Option<Self> {
        let value = self
            .value()
            .expect("only constants are inverted in a recording");
        value.try_inverse().map(Self::constant)
    }

    fn from_noncanonical_biguint(n: BigUint) -> Self {
        Self::constant(F::from_noncanonical_biguint(n))
    }

    fn from_canonical_u64(n: u64) -> Self {
        Self::constant(F::from_canonical_u64(n))
    }

    fn from_noncanonical_u128(n: u128) -> Self {
        Self::constant(F::from_noncanonical_u128(n))
    }

    fn from_noncanonical_u64(n: u64) -> Self {
        Self::constant(F::from_noncanonical_u64(n))
    }

    fn from_noncanonical_i64(n: i64) -> Self {
        Self::constant(F::from_noncanonical_i64(n))
    }
}

impl PrimeField for Symbol {
    fn to_canonical_biguint(&self) -> BigUint {
        self.to_canonical_u64().into()
    }
}

impl Field64 for Symbol {
    const ORDER: u64 = F::ORDER;
}

impl PrimeField64 for Symbol {
    fn to_canonical_u64(&self) -> u64 {
        let value = self
            .value()
            .expect("only constants have digits in a recording");
        value.to_canonical_u64()
    }

    fn to_noncanonical_u64(&self) -> u64 {
        self.to_canonical_u64()
    }
}

impl Frobenius<1> for Symbol {}

impl Extendable<2> for Symbol {
    type Extension = QuadraticExtension<Self>;

    const W: Self = known(<F as Extendable<2>>::W);
    const DTH_ROOT: Self = known(<F as Extendable<2>>::DTH_ROOT);
    const EXT_MULTIPLICATIVE_GROUP_GENERATOR: [Self; 2] =
        known_pair(<F as Extendable<2>>::EXT_MULTIPLICATIVE_GROUP_GENERATOR);
    const EXT_POWER_OF_TWO_GENERATOR: [Self; 2] =
        known_pair(<F as Extendable<2>>::EXT_POWER_OF_TWO_GENERATOR);
}

impl RichField for Symbol {}

impl Default for Symbol {
    fn default() -> Self {
        Self::ZERO
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Sample for Symbol {
    fn sample<R: RngCore + ?Sized>(rng: &mut R) -> Self {
        Self::constant(F::sample(rng))
    }
}

// Plonky2 wants fields that can be stored; a symbol means nothing outside its recording.

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("symbols are not stored"))
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<S: Deserializer<'de>>(_deserializer: S) -> Result<Self, S::Error> {
        Err(S::Error::custom("symbols are not stored"))
    }
}
