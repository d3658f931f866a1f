//! Encodings of statements: round trips, refusals and the committed vectors.

mod encoding;
mod vectors;
