//! How a range is chosen from the numbers that calibration sees.

/// How the quantizer chooses the range of a value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Observer {
    /// From the smallest to the largest number seen.
    #[default]
    MinMax,
    /// Without the largest magnitudes: this part of all numbers is within, such as 0.9999.
    Percentile(f64),
    /// The range whose lanes have the smallest mean squared error.
    MeanSquaredError,
}

/// The smallest and largest value seen, zero included: zero must have an exact lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub min: f64,
    pub max: f64,
}

impl Range {
    pub(super) const ZERO: Self = Self { min: 0.0, max: 0.0 };

    pub(super) fn extend(&mut self, values: &[f32]) {
        for &value in values {
            self.min = self.min.min(value.into());
            self.max = self.max.max(value.into());
        }
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// Returns the range of the opposite numbers.
    pub(super) fn negated(self) -> Self {
        Self {
            min: -self.max,
            max: -self.min,
        }
    }

    fn shrunk(self, factor: f64) -> Self {
        Self {
            min: self.min * factor,
            max: self.max * factor,
        }
    }
}

/// Bins of a histogram: sixteen for each lane.
const BINS: usize = 4096;

/// How often numbers of a range occur.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    range: Range,
    counts: Vec<u64>,
}

impl Histogram {
    pub(super) fn new(range: Range) -> Self {
        Self {
            range,
            counts: vec![0; BINS],
        }
    }

    pub(super) fn add(&mut self, values: &[f32]) {
        let width = self.range.max - self.range.min;
        if width <= 0.0 {
            return;
        }
        for &value in values {
            // `as` saturates; the largest number belongs to the last bin.
            let bin = ((f64::from(value) - self.range.min) / width * BINS as f64) as usize;
            self.counts[bin.min(BINS - 1)] += 1;
        }
    }

    /// Returns the middle of each bin that holds numbers, with their count.
    fn bins(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let step = (self.range.max - self.range.min) / BINS as f64;
        let filled = self
            .counts
            .iter()
            .enumerate()
            .filter(|&(_, &count)| count > 0);
        filled.map(move |(bin, &count)| (self.range.min + (bin as f64 + 0.5) * step, count as f64))
    }

    /// Returns the sum of squared errors when numbers are rounded to 256 lanes over `range`.
    fn error(&self, range: Range) -> f64 {
        let step = (range.max - range.min) / 255.0;
        self.bins()
            .map(|(value, count)| {
                let lane = ((value - range.min) / step).round().clamp(0.0, 255.0);
                let error = range.min + lane * step - value;
                count * error * error
            })
            .sum()
    }
}

impl Observer {
    /// Returns the range for the numbers of a histogram.
    pub(super) fn range(self, histogram: &Histogram) -> Range {
        let whole = histogram.range;
        if whole.max <= whole.min {
            return whole;
        }
        match self {
            Self::MinMax => whole,
            Self::Percentile(part) => {
                let total: f64 = histogram.bins().map(|(_, count)| count).sum();
                let mut outside = total * (1.0 - part.clamp(0.5, 1.0));
                let mut bins: Vec<(f64, f64)> = histogram.bins().collect();
                bins.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
                let half = (whole.max - whole.min) / (2 * BINS) as f64;
                let mut limit = f64::INFINITY;
                for (value, count) in bins {
                    limit = value.abs() + half;
                    if count > outside {
                        break;
                    }
                    outside -= count;
                }
                Range {
                    min: whole.min.max(-limit),
                    max: whole.max.min(limit),
                }
            }
            Self::MeanSquaredError => {
                let candidates = (20..=100)
                    .rev()
                    .map(|percent| whole.shrunk(f64::from(percent) / 100.0));
                let errors = candidates.map(|range| (histogram.error(range), range));
                errors
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .map_or(whole, |(_, range)| range)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand numbers up to 1, and one that is far out.
    fn outlier() -> Histogram {
        let mut numbers: Vec<f32> = (0..1000).map(|k| k as f32 / 1000.0).collect();
        numbers.push(50.0);
        let mut range = Range::ZERO;
        range.extend(&numbers);
        let mut histogram = Histogram::new(range);
        histogram.add(&numbers);
        histogram
    }

    #[test]
    fn observers_differ_on_outliers() {
        let histogram = outlier();
        assert_eq!(Observer::MinMax.range(&histogram).max, 50.0);
        let cut = Observer::Percentile(0.99).range(&histogram);
        assert!((0.9..1.1).contains(&cut.max), "{cut:?}");
        assert_eq!(Observer::Percentile(1.0).range(&histogram).max, 50.0);
        let best = Observer::MeanSquaredError.range(&histogram);
        assert!(
            best.max > 45.0,
            "one far number weighs more than the steps: {best:?}"
        );
    }

    #[test]
    fn mean_squared_error_cuts_thin_tails() {
        // Many numbers within 1, so that smaller steps pay for one number cut by half.
        let mut histogram = Histogram::new(Range { min: 0.0, max: 2.0 });
        let dense: Vec<f32> = (0..1_000_000).map(|k| k as f32 / 1_000_000.0).collect();
        histogram.add(&dense);
        histogram.add(&[2.0]);
        let best = Observer::MeanSquaredError.range(&histogram);
        assert!(best.max < 1.5, "{best:?}");
    }

    #[test]
    fn constant_values_keep_their_range() {
        let histogram = Histogram::new(Range::ZERO);
        for observer in [Observer::Percentile(0.9), Observer::MeanSquaredError] {
            assert_eq!(observer.range(&histogram), Range::ZERO);
        }
    }
}
