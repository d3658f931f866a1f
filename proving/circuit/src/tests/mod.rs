//! Unit tests, most of them attempts to cheat.

mod bend;
mod circuit;
mod committed;
mod digits;
mod gates;
mod identity;
mod lookups;
mod models;
mod privacy;
mod product_gates;
mod products;
mod solutions;
