//! Unit tests, most of them attempts to cheat.

mod bend;
mod changed;
mod circuit;
mod committed;
mod decoder;
mod digits;
mod gates;
mod identity;
mod limits;
mod lookups;
mod models;
mod norms;
mod privacy;
mod product_gates;
mod products;
mod proofs;
mod rigid;
mod shares;
mod solutions;
mod trees;
