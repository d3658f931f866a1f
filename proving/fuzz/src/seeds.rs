//! The files that cases begin with, committed beside this crate.

use std::path::Path;

use anyhow::{Context, ensure};

use crate::wire::{Field, Kind, Value, parse};

/// Good ONNX files, in the order of their names, and what mutations draw from them.
#[derive(Debug, Clone)]
pub struct Seeds {
    files: Vec<(String, Vec<u8>)>,
    messages: Vec<(Kind, Field)>,
    operators: Vec<Vec<u8>>,
}

impl Seeds {
    /// Reads the committed seeds.
    pub fn load() -> anyhow::Result<Self> {
        Self::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds")))
    }

    /// Reads the ONNX files of a folder.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        let entries = folder
            .read_dir()
            .with_context(|| folder.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "onnx")
            {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                files.push((name.into_owned(), std::fs::read(&path)?));
            }
        }
        ensure!(!files.is_empty(), "{}: no ONNX files", folder.display());
        // The order of a folder is the machine's; that of cases must not be.
        files.sort();
        let mut seeds = Self {
            files,
            messages: Vec::new(),
            operators: Vec::new(),
        };
        for index in 0..seeds.files.len() {
            let fields = parse(Kind::Model, &seeds.files[index].1);
            seeds.collect(Kind::Model, &fields.unwrap_or_default());
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

    /// Returns names and bytes.
    #[must_use]
    pub fn files(&self) -> &[(String, Vec<u8>)] {
        &self.files
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
