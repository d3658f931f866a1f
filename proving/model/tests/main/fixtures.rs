//! Example files, and ONNX files made in memory.

pub use assay_model::testing::onnx::*;

/// A labeled digit, its pixels from 0 to 1 as the models take them.
pub struct Digit {
    pub pixels: Vec<f32>,
    pub label: u32,
}

/// Reads a file of the example.
pub fn example(name: &str) -> Vec<u8> {
    let path = format!("{}/../../examples/mnist/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads a digit file as examples/mnist/README.md describes it.
pub fn digits(name: &str) -> Vec<Digit> {
    let bytes = example(name);
    assert_eq!(&bytes[..8], b"ASYDIGIT");
    let count = u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let records = bytes[16..].chunks_exact(785);
    assert_eq!((records.len(), records.remainder().len()), (count, 0));
    records
        .map(|record| Digit {
            pixels: record[..784]
                .iter()
                .map(|&pixel| f32::from(pixel) / 255.0)
                .collect(),
            label: record[784].into(),
        })
        .collect()
}

/// Returns the pixels of the calibration digits.
pub fn calibration() -> Vec<Vec<f32>> {
    digits("calibration.bin")
        .into_iter()
        .map(|digit| digit.pixels)
        .collect()
}
