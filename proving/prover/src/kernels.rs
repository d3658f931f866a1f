//! The path of the kernels in files: its name.

use assay_kernels::Path;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(path.name())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map_err(|_| {
        let known: Vec<&str> = Path::ALL.iter().map(|path| path.name()).collect();
        D::Error::custom(format!("expected one of {}, got {name}", known.join(", ")))
    })
}
