#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod case;
pub mod derive;
pub mod format;
pub mod input;
pub mod integer;
pub mod json;
pub mod model_file;
pub mod mutate;
pub mod seeds;
pub mod supervise;
pub mod wire;
pub mod worker;
