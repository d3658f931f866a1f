//! Groth16 end to end on a small constraint system with eight public inputs.

mod assembly;
mod bent_proofs;
mod full_size;
mod key_cache;
mod pinned_key;
mod proof_files;
mod recorded;
mod toy;
mod verifying_keys;
