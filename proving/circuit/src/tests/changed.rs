//! Circuits of changed cards: laid out or refused by a limit, and nothing else.

use assay_fuzz::format::Format;
use assay_fuzz::seeds::Seeds;
use assay_fuzz::{input, json};
use assay_model::{Architecture, ModelCard};

use super::models::ALL_PUBLIC;
use crate::circuit::{builder, laid_out};
use crate::layout::Layout;
use crate::{CircuitError, MAX_LOG_ROWS};

/// Changes of each card.
const CASES: u64 = 40;

/// Lays a circuit out; returns whether it has few enough rows.
fn lay_out(architecture: &Architecture) -> bool {
    let layout = Layout::new(builder()).unfilled();
    match laid_out(layout, architecture, ALL_PUBLIC) {
        Ok((layout, _)) => {
            assert!(layout.builder.num_gates() < 1 << MAX_LOG_ROWS);
            true
        }
        Err(CircuitError::TooLarge { .. }) => false,
        Err(error) => panic!("a valid architecture: {error}"),
    }
}

/// Every change is of the architecture alone, so that most are of operators.
#[test]
fn changed_cards_are_laid_out_or_refused() {
    let seeds = Seeds::load().unwrap();
    let (mut valid, mut too_large) = (0, 0);
    for (index, file) in seeds.files().iter().enumerate() {
        if file.format != Format::Card {
            continue;
        }
        let card = ModelCard::from_json(&file.bytes).unwrap();
        assert!(lay_out(&card.architecture), "{}", file.name);
        for case in 0..CASES {
            let mut rng = input::rng(index as u64, case);
            let mut changed = serde_json::to_value(&card.architecture).unwrap();
            for _ in 0..1 + case % 3 {
                json::mutate(&mut changed, seeds.json(), &mut rng);
            }
            let Ok(architecture) = serde_json::from_value::<Architecture>(changed) else {
                continue;
            };
            if architecture.validate().is_ok() {
                valid += 1;
                too_large += usize::from(!lay_out(&architecture));
            }
        }
    }
    println!("{valid} valid, {too_large} of them too large");
    assert!(valid > 20, "{valid}");
}
