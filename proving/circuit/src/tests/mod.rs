//! Unit tests, most of them attempts to cheat.

mod bend;
mod circuit;
mod digits;
mod gates;
mod identity;
mod models;
mod solutions;
