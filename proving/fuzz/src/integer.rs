//! What is done with a stranger's card or model file.

use assay_model::{ModelCard, QuantizedModel};
use rand::Rng;

use crate::case::Stage;

/// Bytes of a refusal: what is wrong, not the file again.
const MAX_ERROR_BYTES: usize = 1_000;

/// Inputs that a model is evaluated on.
const INPUTS: usize = 2;

/// Reads a card.
///
/// # Panics
/// If the code under test does, or a card that is taken does not read back.
pub fn card(file: &[u8]) -> Stage {
    match ModelCard::from_json(file) {
        Err(error) => refused(&error.to_string()),
        Ok(card) => {
            let read = ModelCard::from_json(&card.to_json()).expect("the card reads back");
            assert!(read == card, "the card reads back as another");
            Stage::Loaded
        }
    }
}

/// Reads a model file and evaluates the model.
///
/// # Panics
/// If the code under test does, a model that is taken does not read back, or it cannot be evaluated.
pub fn model(file: &[u8], rng: &mut impl Rng) -> Stage {
    let model = match QuantizedModel::from_bytes(file) {
        Err(error) => return refused(&error.to_string()),
        Ok(model) => model,
    };
    let read = QuantizedModel::from_bytes(&model.to_bytes()).expect("the model reads back");
    assert!(read == model, "the model reads back as another");
    let architecture = model.architecture();
    let lane = architecture.input.lane;
    let (min, max) = match architecture.symbols() {
        Some(symbols) => (0, symbols as i64 - 1),
        None => (lane.min(), lane.max()),
    };
    for _ in 0..INPUTS {
        let lanes = (0..architecture.inputs()).map(|_| rng.gen_range(min..=max));
        let lanes = lanes.map(|lane| i32::try_from(lane).expect("a lane has at most 16 bits"));
        let lanes = lanes.collect::<Vec<i32>>();
        model
            .evaluate(&lanes)
            .expect("the evaluator takes every input");
    }
    Stage::Evaluated
}

fn refused(error: &str) -> Stage {
    assert!(
        error.len() < MAX_ERROR_BYTES,
        "a refusal of {} bytes",
        error.len()
    );
    Stage::Refused
}
