//! The life of a request: every exit's money, every rule that can be broken, and random lives.

mod book;
mod life;
mod money;
mod properties;
mod rules;
