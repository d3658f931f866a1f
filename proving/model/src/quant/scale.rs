//! How real numbers map to lanes, at the model's two ends.

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

use super::observer::Range;
use crate::ModelError;

/// A positive real number as `mantissa / 2^shift`: exact, comparable and the same in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Between 2^31 and 2^32: always 32 significant bits.
    pub mantissa: u32,
    /// At most [`Scale::MAX_SHIFT`].
    pub shift: u32,
}

/// An affine mapping: the lane `q` stands for `(q - zero_point) * scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantization {
    /// The step between neighboring lanes.
    pub scale: Scale,
    /// The lane that stands for zero. Int16 lanes of the quantizer are symmetric: theirs is 0.
    pub zero_point: i8,
}

/// The mappings at a model's input and at its last dense layer's output. Those between are nobody's
/// business: they live in the committed multipliers and zero points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scales {
    /// What a requester applies to real inputs.
    pub input: Quantization,
    /// What output lanes mean. With an ArgMax at the end, what it compared.
    pub output: Quantization,
}

impl Scale {
    /// The largest shift: real inputs and outputs have steps well above 2^-64.
    pub const MAX_SHIFT: u32 = 95;

    /// Returns the scale nearest to `value`; refuses what is not a normal positive number in range.
    pub fn from_f64(value: f64) -> Result<Self, ModelError> {
        if !(Self::MIN_VALUE..Self::LIMIT_VALUE).contains(&value) {
            return Err(ModelError::BadScale {
                got: value.to_string(),
            });
        }
        let mut shift = 31 - exponent(value);
        let mut mantissa = (value * 2f64.powi(shift)).round();
        if mantissa >= 4_294_967_296.0 {
            shift -= 1;
            mantissa = (value * 2f64.powi(shift)).round();
        }
        let bad = |_| ModelError::BadScale {
            got: value.to_string(),
        };
        let scale = Self {
            mantissa: mantissa as u32,
            shift: u32::try_from(shift).map_err(bad)?,
        };
        scale.validate()?;
        Ok(scale)
    }

    const MIN_VALUE: f64 = 1.0 / 9_223_372_036_854_775_808.0;
    const LIMIT_VALUE: f64 = 2_147_483_648.0;

    /// Returns the exact value: 32 bits fit a float's mantissa.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.mantissa) / 2f64.powi(self.shift.min(Self::MAX_SHIFT).cast_signed())
    }

    pub(super) fn validate(&self) -> Result<(), ModelError> {
        if self.shift > Self::MAX_SHIFT || self.mantissa >> 31 != 1 {
            return Err(ModelError::BadScale {
                got: format!("{} / 2^{}", self.mantissa, self.shift),
            });
        }
        Ok(())
    }
}

/// Returns e with 2^e <= value < 2^(e+1) of a normal positive number.
fn exponent(value: f64) -> i32 {
    let biased = (value.to_bits() >> 52) & 0x7ff;
    i32::try_from(biased).expect("eleven bits") - 1023
}

impl Quantization {
    /// The mapping of whole numbers to themselves.
    pub const IDENTITY: Self = Self {
        scale: Scale {
            mantissa: 1 << 31,
            shift: 31,
        },
        zero_point: 0,
    };

    /// Returns the mapping that spreads a range over all lanes; `None` if it has no scale.
    pub(super) fn of_range(range: Range) -> Option<Self> {
        let step = match range.max - range.min {
            width if width > 0.0 => width / 255.0,
            _ => 1.0,
        };
        let scale = Scale::from_f64(step).ok()?;
        let zero_point = (f64::from(i8::MIN) - range.min / scale.to_f64()).round();
        Some(Self {
            scale,
            // `as` saturates.
            zero_point: zero_point as i8,
        })
    }

    /// Returns the int8 lane nearest to a real number, half away from zero, saturated; not-a-number is zero.
    #[must_use]
    pub fn quantize(&self, value: f32) -> i8 {
        // `as` saturates.
        self.steps(value) as i8
    }

    /// Returns the lane of a type, int8 or int16, as [`Quantization::quantize`] does.
    #[must_use]
    pub fn quantize_to(&self, lane: Lane, value: f32) -> i16 {
        match lane {
            Lane::Int8 => self.quantize(value).into(),
            Lane::Int16 | Lane::Int32 => self.steps(value) as i16,
        }
    }

    fn steps(&self, value: f32) -> f64 {
        let steps = (f64::from(value) / self.scale.to_f64()).round() + f64::from(self.zero_point);
        if steps.is_nan() {
            self.zero_point.into()
        } else {
            steps
        }
    }

    /// Returns the lanes of a sample.
    #[must_use]
    pub fn quantize_all(&self, values: &[f32]) -> Vec<i8> {
        values.iter().map(|&value| self.quantize(value)).collect()
    }

    /// Returns the real number that a lane stands for.
    #[must_use]
    pub fn dequantize(&self, lane: impl Into<i32>) -> f64 {
        (f64::from(lane.into()) - f64::from(self.zero_point)) * self.scale.to_f64()
    }
}

impl Scales {
    pub(crate) fn validate(&self) -> Result<(), ModelError> {
        self.input.scale.validate()?;
        self.output.scale.validate()
    }
}
