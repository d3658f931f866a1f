//! The formats of strangers' files, by the ends of their names.

use std::path::Path;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// A trained model.
    Onnx,
    /// A model card.
    Card,
    /// A quantized model.
    Model,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Onnx, Self::Card, Self::Model];

    /// Returns what names of such files end with.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Card => "card.json",
            Self::Model => "assay",
        }
    }

    /// Returns the format of a file, from its name.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let ends = |format: &Self| name.ends_with(&format!(".{}", format.ending()));
        Self::ALL.into_iter().find(ends)
    }
}
