//! Which ranges a model's values have on real data.

use super::architecture::ValueId;
use super::error::QuantizeError;
use super::observer::{Histogram, Observer, Range};
use crate::graph::Graph;
use crate::onnx::FloatModel;

/// Calibration samples: a few hundred are enough for ranges, and this many still take seconds.
pub const MAX_SAMPLES: usize = 1 << 16;

/// Runs the float model over the samples and returns the range of each of these values of its graph, each
/// by its observer.
pub(super) fn calibrate(
    float: &FloatModel,
    values: &[ValueId],
    samples: &[Vec<f32>],
    observers: &[Observer],
) -> Result<Vec<Range>, QuantizeError> {
    check_samples(float, samples)?;
    let graph = float.graph();
    let names: Vec<String> = values.iter().filter_map(|&id| name_of(graph, id)).collect();
    let probe = float.probe(&names)?;
    // The input is not a result, so the probe does not show it.
    let each = |visit: &mut dyn FnMut(usize, &[f32])| -> Result<(), QuantizeError> {
        for sample in samples {
            let mut results = probe.run(sample)?.into_iter();
            for (index, &id) in values.iter().enumerate() {
                match id {
                    0 => visit(index, sample),
                    _ => visit(index, &results.next().unwrap_or_default()),
                }
            }
        }
        Ok(())
    };
    let mut ranges = vec![Range::ZERO; values.len()];
    each(&mut |index, numbers| ranges[index].extend(numbers))?;
    if observers
        .iter()
        .any(|&observer| observer != Observer::MinMax)
    {
        let mut histograms: Vec<Histogram> = ranges.iter().copied().map(Histogram::new).collect();
        each(&mut |index, numbers| histograms[index].add(numbers))?;
        ranges = (histograms.iter().zip(observers))
            .map(|(histogram, observer)| observer.range(histogram))
            .collect();
    }
    Ok(ranges)
}

/// Returns what the file calls a value, or the first value it names that holds the same elements; `None` for the
/// input.
fn name_of(graph: &Graph, id: ValueId) -> Option<String> {
    let named = graph.nodes.get(id.checked_sub(1)?..)?.iter();
    // An operator of the file that becomes several of ours names the last, which reshapes what it computed.
    named.filter_map(|node| node.value.clone()).next()
}

pub(super) fn check_samples(float: &FloatModel, samples: &[Vec<f32>]) -> Result<(), QuantizeError> {
    if samples.is_empty() || samples.len() > MAX_SAMPLES {
        return Err(QuantizeError::SampleCount {
            limit: MAX_SAMPLES,
            got: samples.len(),
        });
    }
    let inputs = float.graph().inputs();
    for (index, sample) in samples.iter().enumerate() {
        let bad = |reason| QuantizeError::BadSample {
            sample: index,
            reason,
        };
        if sample.len() != inputs {
            return Err(bad(format!(
                "{} numbers, the model takes {inputs}",
                sample.len()
            )));
        }
        if let Some(value) = sample.iter().find(|value| !value.is_finite()) {
            return Err(bad(format!("holds {value}, expected finite numbers")));
        }
    }
    Ok(())
}
