#![doc = include_str!("../README.md")]

pub mod api;
pub mod args;
pub mod commands;
pub mod dataset;
mod dates;
pub mod demo;
pub mod files;
pub mod output;
mod progress;
pub mod rebuild;
pub mod root;
pub mod run;
pub mod samples;
pub mod session;
pub mod stack;
pub mod units;
