//! What quantization promises about its numbers.

use assay_model::{FloatModel, Output, Part, Scale, quantize};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::fixtures::{bytes, calibration, example, floats, model, node};

const INPUTS: usize = 5;
const OUTPUTS: usize = 4;

fn dense(weights: &[f32], bias: &[f32], relu: bool) -> Vec<u8> {
    let sum = if relu { "s" } else { "y" };
    let mut nodes = vec![node("Gemm", &["x", "w", "b"], sum)];
    if relu {
        nodes.push(node("Relu", &["s"], "y"));
    }
    let (inputs, outputs) = (
        i64::try_from(INPUTS).unwrap(),
        i64::try_from(OUTPUTS).unwrap(),
    );
    bytes(&model(
        &[1, inputs],
        nodes,
        vec![
            floats("w", &[inputs, outputs], weights),
            floats("b", &[outputs], bias),
        ],
    ))
}

proptest! {
    /// On calibrated samples the integer layer is within a few steps of the real one.
    #[test]
    fn dequantized_output_is_near_the_real_one(
        weights in vec(-2.0_f32..2.0, INPUTS * OUTPUTS),
        bias in vec(-3.0_f32..3.0, OUTPUTS),
        samples in vec(vec(-1.0_f32..1.0, INPUTS), 2..8),
        relu: bool,
    ) {
        let integer = quantize(&FloatModel::load(&dense(&weights, &bias, relu)).unwrap(), &samples).unwrap();
        let step_in = integer.scales().input.scale.to_f64();
        let step_out = integer.scales().output.scale.to_f64();
        for sample in &samples {
            let Output::Lanes(lanes) = integer.evaluate(&integer.scales().input.quantize_all(sample)).unwrap() else {
                panic!("no ArgMax here")
            };
            for (j, lane) in lanes.into_iter().enumerate() {
                let column = || weights.iter().skip(j).step_by(OUTPUTS).map(|&w| f64::from(w));
                let sum = column().zip(sample).fold(f64::from(bias[j]), |sum, (w, &x)| sum + w * f64::from(x));
                let real = if relu { sum.max(0.0) } else { sum };
                // Half a step of input and one of range rounding on each weight, half a weight step on each
                // input, and two steps of the output.
                let magnitude: f64 = column().map(f64::abs).sum();
                let largest = column().map(f64::abs).fold(0.0, f64::max);
                let allowed = 1.5 * step_in * magnitude + INPUTS as f64 * largest / 127.0 + 2.0 * step_out;
                let got = integer.scales().output.dequantize(lane);
                prop_assert!((got - real).abs() <= allowed, "{got} for {real}, allowed {allowed}");
            }
        }
    }

    /// Weights and biases of any size give numbers within their widths, or a refusal.
    #[test]
    fn any_finite_model_keeps_to_the_widths(
        weights in vec(any_finite(), INPUTS * OUTPUTS),
        bias in vec(any_finite(), OUTPUTS),
        sample in vec(any_finite(), INPUTS),
        relu: bool,
    ) {
        let float = FloatModel::load(&dense(&weights, &bias, relu)).unwrap();
        if let Ok(integer) = quantize(&float, &[sample]) {
            // Everything else is checked when the model is made.
            let weights = integer.data()[0].part(Part::Weights);
            prop_assert!(weights.iter().all(|&weight| weight != -128));
        }
    }

    #[test]
    fn scales_are_exact_to_32_bits(value in 1e-15_f64..1e9) {
        let scale = Scale::from_f64(value).unwrap();
        prop_assert!((scale.to_f64() - value).abs() <= value / 4_294_967_296.0);
        prop_assert_eq!(Scale::from_f64(scale.to_f64()).unwrap(), scale);
    }
}

fn any_finite() -> impl Strategy<Value = f32> {
    prop_oneof![
        -1e3_f32..1e3,
        -1e-6_f32..1e-6,
        Just(0.0),
        proptest::num::f32::NORMAL,
        proptest::num::f32::SUBNORMAL
    ]
}

#[test]
fn scales_outside_their_range_are_refused() {
    for value in [
        0.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        1e-300,
        1e300,
        f64::MIN_POSITIVE / 2.0,
    ] {
        assert!(Scale::from_f64(value).is_err(), "{value}");
    }
    assert_eq!(
        Scale::from_f64(1.0).unwrap(),
        Scale {
            mantissa: 1 << 31,
            shift: 31
        }
    );
    assert_eq!(
        Scale::from_f64(2.0 - 1e-12).unwrap(),
        Scale {
            mantissa: 1 << 31,
            shift: 30
        }
    );
}

#[test]
fn dead_channel_and_heavy_bias_are_quantized() {
    let mut weights = [0.0; INPUTS * OUTPUTS];
    weights[1] = 1e-7;
    let bias = [0.0, 100.0, -3.0, 0.0];
    let integer = quantize(
        &FloatModel::load(&dense(&weights, &bias, false)).unwrap(),
        &[vec![1.0; INPUTS]],
    )
    .unwrap();
    let Output::Lanes(lanes) = integer.evaluate(&[0; INPUTS]).unwrap() else {
        panic!("no ArgMax here")
    };
    let real: Vec<f64> = lanes
        .into_iter()
        .map(|lane| integer.scales().output.dequantize(lane))
        .collect();
    for (got, expected) in real.iter().zip([0.0, 100.0, -3.0, 0.0]) {
        assert!((got - expected).abs() < 0.5, "{real:?}");
    }
}

#[test]
fn every_channel_of_the_example_uses_the_whole_weight_range() {
    let model = quantize(
        &FloatModel::load(&example("mlp-56.onnx")).unwrap(),
        &calibration(),
    )
    .unwrap();
    let data = &model.data()[0];
    for row in data.part(Part::Weights).chunks_exact(784) {
        assert_eq!(row.iter().map(|weight| weight.abs()).max(), Some(127));
    }
    assert_eq!(
        data.zero_point(Part::OutputZeroPoint),
        -128,
        "a ReLU's result has no negative half"
    );
}
