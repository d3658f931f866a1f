//! The files that cases begin with, committed beside this crate.

use std::path::Path;

use anyhow::{Context, ensure};

use crate::format::Format;
use crate::json::Pool;
use crate::model_file::Parts;
use crate::wire::{Field, Kind, Value, parse};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seed {
    /// Its name without the end.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it is.
    pub format: Format,
}

/// Good files, in the order of their names, and what mutations draw from them.
#[derive(Debug, Clone)]
pub struct Seeds {
    files: Vec<Seed>,
    json: Pool,
    messages: Vec<(Kind, Field)>,
    operators: Vec<Vec<u8>>,
}

impl Seeds {
    /// Reads the committed seeds.
    pub fn load() -> anyhow::Result<Self> {
        Self::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds")))
    }

    /// Reads the files of a folder that have a known format.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        let entries = folder
            .read_dir()
            .with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if let Some(format) = Format::of(&path) {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                files.push(Seed {
                    name: name
                        .trim_end_matches(format.ending())
                        .trim_end_matches('.')
                        .to_owned(),
                    bytes: std::fs::read(&path)?,
                    format,
                });
            }
        }
        ensure!(
            !files.is_empty(),
            "{}: no files to begin with",
            folder.display()
        );
        // The order of a folder is the machine's; that of cases must not be.
        files.sort();
        let mut seeds = Self {
            files,
            json: Pool::default(),
            messages: Vec::new(),
            operators: Vec::new(),
        };
        for index in 0..seeds.files.len() {
            let Seed { bytes, format, .. } = &seeds.files[index];
            match format {
                Format::Onnx => {
                    let fields = parse(Kind::Model, bytes);
                    seeds.collect(Kind::Model, &fields.unwrap_or_default());
                }
                Format::Card => seeds.json.collect(&serde_json::from_slice(bytes)?),
                Format::Model => {
                    if let Some(parts) = Parts::read(bytes) {
                        seeds.json.collect(&parts.header);
                    }
                }
            }
        }
        seeds.operators.sort();
        seeds.operators.dedup();
        Ok(seeds)
    }

    fn collect(&mut self, kind: Kind, fields: &[Field]) {
        for field in fields {
            match &field.value {
                Value::Message(inner, below) => {
                    self.messages.push((kind, field.clone()));
                    self.collect(*inner, below);
                }
                Value::Bytes(operator) if kind == Kind::Node && field.number == 4 => {
                    self.operators.push(operator.clone());
                }
                _ => {}
            }
        }
    }

    /// Returns the files.
    #[must_use]
    pub fn files(&self) -> &[Seed] {
        &self.files
    }

    /// Returns every value of a key in the JSON of cards and model files.
    #[must_use]
    pub fn json(&self) -> &Pool {
        &self.json
    }

    /// Returns every message of every seed, with the kind of message that holds it.
    #[must_use]
    pub fn messages(&self) -> &[(Kind, Field)] {
        &self.messages
    }

    /// Returns the names of all operators.
    #[must_use]
    pub fn operators(&self) -> &[Vec<u8>] {
        &self.operators
    }
}
