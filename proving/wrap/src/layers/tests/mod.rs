//! The layers together: circuits of many shapes, one canonical shape, one outer circuit.

mod bent;
mod sample;
mod shapes;
