//! Bytes from anyone: never a panic, whatever was done to a real file.

use assay_model::{FloatModel, ImportError, QuantizedModel, import, quantize};
use proptest::prelude::*;

use crate::fixtures::{bytes, calibration, example, floats, int, int_list, ints, model, node};

/// A file small enough to damage everywhere.
fn tiny() -> Vec<u8> {
    let nodes = vec![
        int(node("Flatten", &["x"], "f"), "axis", 1),
        int(node("Gemm", &["f", "w", "b"], "s"), "transB", 1),
        node("Relu", &["s"], "r"),
        int(node("ArgMax", &["r"], "y"), "axis", 1),
    ];
    let weights = vec![
        floats("w", &[3, 2], &[1., 2., 3., 4., 5., 6.]),
        floats("b", &[3], &[1., 2., 3.]),
    ];
    bytes(&model(&[1, 2, 1], nodes, weights))
}

/// A graph of many operators, as small as it can be.
fn branches() -> Vec<u8> {
    let pool = int_list(node("MaxPool", &["r"], "p"), "kernel_shape", &[2]);
    let conv = int_list(node("Conv", &["x", "w"], "c"), "pads", &[1, 1]);
    let nodes = vec![
        int_list(conv, "strides", &[2]),
        node("Relu", &["c"], "r"),
        pool,
        node("Slice", &["x", "i", "j", "i"], "s"),
        int(node("Concat", &["p", "s"], "k"), "axis", 2),
        int_list(node("Transpose", &["k"], "t"), "perm", &[0, 2, 1]),
        node("Sigmoid", &["t"], "g"),
        node("Mul", &["t", "g"], "m"),
        node("Add", &["t", "m"], "a"),
        node("MatMul", &["a", "k"], "q"),
        node("ReduceMean", &["q"], "y"),
    ];
    let constants = vec![
        floats("w", &[1, 2, 2], &[1., 2., -3., 4.]),
        ints("i", &[1]),
        ints("j", &[2]),
    ];
    bytes(&model(&[1, 2, 4], nodes, constants))
}

/// Whatever imports must also load and quantize or be refused. The float runtime sees only what passed our checks; a
/// panic of its must not get out.
fn take(file: &[u8]) {
    if let Ok(float) = FloatModel::load(file) {
        let inputs = float.graph().inputs();
        if let Ok(model) = quantize(&float, &[vec![0.0; inputs], vec![1.0; inputs]]) {
            model.evaluate(&vec![0; inputs]).unwrap();
        }
    }
}

#[test]
fn tiny_files_are_good() {
    FloatModel::load(&tiny()).unwrap();
    FloatModel::load(&branches()).unwrap();
}

#[test]
fn every_truncation_is_refused_or_a_model() {
    let file = tiny();
    for length in 0..file.len() {
        take(&file[..length]);
    }
    let file = example("mlp-56.onnx");
    for length in (0..file.len()).step_by(997) {
        assert!(matches!(
            import(&file[..length]),
            Err(ImportError::NotOnnx { .. } | ImportError::BadGraph { .. })
        ));
    }
}

#[test]
fn every_bit_flip_of_a_tiny_file_is_refused_or_a_model() {
    for file in [tiny(), branches()] {
        for index in 0..file.len() {
            for bit in 0..8 {
                let mut bent = file.clone();
                bent[index] ^= 1 << bit;
                take(&bent);
            }
        }
    }
}

/// A fixed sequence of numbers that look random.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % limit as u64).unwrap()
    }
}

#[test]
fn byte_changes_in_a_real_file_never_panic() {
    let file = example("mlp-56.onnx");
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    for round in 0..400 {
        let mut bent = file.clone();
        // Most of the file is weights; half of the rounds aim at the structure at its two ends.
        let ends = 700;
        let index = if round % 2 == 0 {
            noise.below(file.len())
        } else {
            (noise.below(ends) + file.len() - ends / 2) % file.len()
        };
        bent[index] = u8::try_from(noise.below(256)).unwrap();
        let _ = import(&bent);
    }
}

#[test]
fn spliced_files_never_panic() {
    const ROUNDS: usize = 6_000;
    let files = [tiny(), branches()];
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for round in 0..ROUNDS {
        let mut bent = files[round % 2].clone();
        for _ in 0..=noise.below(4) {
            let from = noise.below(bent.len());
            let to = from + noise.below((bent.len() - from).min(24));
            let piece = bent[from..to].to_vec();
            let at = noise.below(bent.len());
            match noise.below(4) {
                0 => drop(bent.drain(from..to)),
                1 => drop(bent.splice(at..at, piece)),
                2 => bent[at] = u8::try_from(noise.below(256)).unwrap(),
                _ => bent[at] = bent[at].wrapping_add(1),
            }
            if bent.is_empty() {
                bent.push(0);
            }
        }
        take(&bent);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(junk in proptest::collection::vec(any::<u8>(), 0..400)) {
        take(&junk);
        prop_assert!(QuantizedModel::from_bytes(&junk).is_err());
        prop_assert!(assay_model::ModelCard::from_json(&junk).is_err());
    }
}

#[test]
fn flat_file_of_a_gigantic_claim_costs_nothing() {
    // Field 7 (graph), length 2^62: longer than the file.
    let claim = [0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40];
    let message = import(&claim).unwrap_err().to_string();
    assert!(
        message.contains("a field claims 4611686018427387904 bytes"),
        "{message}"
    );
    // A number that never ends.
    assert!(import(&[0xff; 64]).is_err());
}

#[test]
fn hostile_samples_are_refused() {
    let float = FloatModel::load(&example("mlp-56.onnx")).unwrap();
    let check = |samples: &[Vec<f32>], expected: &str| {
        let message = quantize(&float, samples).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(&[], "0 calibration samples");
    check(
        &[vec![0.0; 783]],
        "calibration sample 0: 783 numbers, the model takes 784",
    );
    let mut samples = calibration();
    samples[7][3] = f32::NAN;
    check(&samples, "calibration sample 7: holds NaN");
    let far = vec![vec![f32::MAX; 784]];
    check(&far, "have no scale");
}
