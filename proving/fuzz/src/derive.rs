//! Cards and model files of the ONNX seeds: seeds of their own, few and with every operator in every lane.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use assay_model::card::{CardTexts, FileDigest, Sources};
use assay_model::{Activations, FloatModel, ModelCard, NodeSpec, QuantizeOptions, QuantizedModel};

use crate::format::Format;
use crate::seeds::Seeds;

/// Bytes of a seed, at most.
const MAX_BYTES: usize = 16 << 10;

/// Writes the cards and model files of seeds that have an operator, with its lanes, that none before has.
pub fn derive(seeds: &Seeds, folder: &Path) -> Result<()> {
    let mut known = BTreeSet::new();
    let files = seeds.files().iter();
    for file in files.filter(|file| file.format == Format::Onnx) {
        for activations in [Activations::Int8, Activations::Int16] {
            let Some(model) = quantized(&file.bytes, activations) else {
                continue;
            };
            let new = known.len();
            known.extend(kinds(&model));
            let (card, bytes) = (card(&model)?.to_json(), model.to_bytes());
            if known.len() == new || card.len().max(bytes.len()) > MAX_BYTES {
                continue;
            }
            let name = format!("{}-{activations:?}", file.name).to_lowercase();
            for (format, bytes) in [(Format::Card, card), (Format::Model, bytes)] {
                std::fs::write(folder.join(format!("{name}.{}", format.ending())), bytes)?;
            }
        }
    }
    Ok(())
}

fn quantized(file: &[u8], activations: Activations) -> Option<QuantizedModel> {
    let float = FloatModel::load(file).ok()?;
    let inputs = float.graph().inputs();
    let wave = |sample: usize| {
        let value = |k: usize| ((k * 7 + sample * 3) % 5) as f32 - 2.0;
        let symbol = |k: usize| ((k + sample) % 3) as f32;
        let symbols = float.graph().symbols;
        (0..inputs)
            .map(|k| if symbols { symbol(k) } else { value(k) })
            .collect::<Vec<f32>>()
    };
    let options = QuantizeOptions {
        activations,
        ..QuantizeOptions::default()
    };
    assay_model::quantize_with(&float, &[wave(0), wave(1), wave(2)], options).ok()
}

/// Returns the names of operators with the lanes that they read and give.
fn kinds(model: &QuantizedModel) -> BTreeSet<String> {
    let architecture = model.architecture();
    let kind = |node: &NodeSpec| format!("{} {:?}", node.op.name(), architecture.lanes_of(node));
    architecture.nodes.iter().map(kind).collect()
}

fn card(model: &QuantizedModel) -> Result<ModelCard> {
    let texts = CardTexts {
        name: "seed".into(),
        description: "a model of the tests".into(),
        license: "MIT".into(),
    };
    let digest = FileDigest::of(b"seed");
    let sources = Sources {
        float_model: digest,
        calibration: digest,
    };
    Ok(ModelCard::new(texts, model, Some(sources))?)
}
