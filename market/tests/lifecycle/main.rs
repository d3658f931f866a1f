//! The life of a request: every exit's money, random lives, and the vectors that the contract replays.

mod book;
mod life;
mod properties;
mod vectors;
