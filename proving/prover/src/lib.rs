#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod cost;
mod error;
mod model;
mod progress;
mod wrapper;

pub use cost::{Calibration, CostEstimate};
pub use error::ProverError;
pub use model::{ModelProof, ModelProver};
pub use progress::{Progress, Silent, Stage, StageTimes};
pub use wrapper::{WrappedProof, Wrapper, WrapperFacts, verify};

pub use assay_circuit::{CircuitCost, InferenceJob, Salt, commitment};
pub use assay_model as model_format;
pub use assay_wrap::groth16::{
    InsecureDevSetup, KeyError, KeyEvent, ProofFile, ProofFileError, Seal, VerifyError,
    VerifyingKey, VerifyingKeyError, cache_directory, solidity_verifier,
};
