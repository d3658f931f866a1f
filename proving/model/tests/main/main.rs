//! The crate from outside: real files, hostile files, random models.

mod card;
mod evaluate;
mod file;
mod fixtures;
mod hostile;
mod import;
mod mnist;
mod quantize;
