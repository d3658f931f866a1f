//! The crate from outside: real files, hostile files, random models.

mod activations;
mod architecture;
mod card;
mod definition;
mod evaluate;
mod examples;
mod file;
mod fixtures;
mod hostile;
mod import;
mod mnist;
mod privacy;
mod qdq;
mod quantize;
mod report;
mod trainings;
mod trees;
mod work;
