//! Tests about the repository itself. Each module says what it keeps true and why.

mod arrows;
mod documents;
mod generated;
mod hygiene;
mod mutant_coverage;
mod mutants;
