#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod cost;
mod error;
mod kernels;
mod manifest;
mod memory;
mod model;
mod progress;
mod rates;
mod rebuild;
mod reference;
mod wrapper;

pub use cost::{Calibration, CostEstimate, probe};
pub use error::ProverError;
pub use manifest::{CostManifest, NodeRows};
pub use memory::{peak_rss_bytes, restart_peak_rss};
pub use model::{ModelProof, ModelProver};
pub use progress::{Progress, Silent, Stage, StageBytes, StageTimes, Stages};
pub use rates::{Measurement, Rate, Rates, Size};
pub use rebuild::{MAX_CARD_ROWS, Rebuild};
pub use wrapper::{WrappedProof, Wrapper, WrapperFacts, verify};

pub use assay_kernels::{Path as KernelPath, UnknownPath};

pub use assay_circuit::{CircuitCost, InferenceJob, ModelCircuit, Purpose, Salt, commitment};
pub use assay_model as model_format;
pub use assay_wrap::groth16::{
    InsecureDevSetup, KeyError, KeyEvent, ProofFile, ProofFileError, Seal, VerifyError,
    VerifyingKey, VerifyingKeyError, cache_directory, solidity_verifier,
};
