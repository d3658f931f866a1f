#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod case;
pub mod input;
pub mod mutate;
pub mod seeds;
pub mod supervise;
pub mod wire;
pub mod worker;
