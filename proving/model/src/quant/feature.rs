//! How the features of a table map to int16 lanes.

use serde::{Deserialize, Serialize};

use super::scale::Scale;
use crate::ModelError;

/// Zero points have no more bits than this: exact in a float of 64 bits together with any lane.
const MAX_ZERO_POINT_BITS: u32 = 48;

/// An affine mapping of one input lane: the lane `q` stands for `(q - zero_point) * scale`.
///
/// The zero point may lie far outside the lanes: a feature from 1000 to 1001 uses all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// The step between neighboring lanes.
    pub scale: Scale,
    /// Where zero would be.
    pub zero_point: i64,
}

impl Feature {
    /// Returns the lane nearest to a real number, saturated. It never falls where the number grows; not-a-number is
    /// the largest lane, which is above every threshold.
    #[must_use]
    pub fn lane(&self, value: f32) -> i16 {
        let steps = (f64::from(value) / self.scale.to_f64()).round() + self.zero_point as f64;
        if steps.is_nan() {
            i16::MAX
        } else {
            // `as` saturates, which is wanted.
            steps as i16
        }
    }

    /// Returns the real number that a lane stands for.
    #[must_use]
    pub fn value(&self, lane: i16) -> f64 {
        (i64::from(lane) - self.zero_point) as f64 * self.scale.to_f64()
    }

    pub(crate) fn validate(&self) -> Result<(), ModelError> {
        self.scale.validate()?;
        if self.zero_point.unsigned_abs() >> MAX_ZERO_POINT_BITS != 0 {
            return Err(ModelError::BadInput {
                reason: format!(
                    "zero point {} has more than {MAX_ZERO_POINT_BITS} bits",
                    self.zero_point
                ),
            });
        }
        Ok(())
    }
}
