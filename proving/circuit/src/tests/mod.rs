//! Unit tests, most of them attempts to cheat.

mod bend;
mod binding;
mod carries;
mod circuit;
mod committed;
mod decoder;
mod digits;
mod gates;
mod identity;
mod last_limbs;
mod lookups;
mod maxima;
mod models;
mod networks;
mod norms;
mod privacy;
mod product_gates;
mod products;
mod proofs;
mod refill;
mod remainders;
mod rigid;
mod shares;
mod solutions;
mod trees;
mod whole;
