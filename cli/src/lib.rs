#![doc = include_str!("../README.md")]

pub mod args;
pub mod commands;
pub mod dataset;
pub mod demo;
pub mod files;
pub mod input;
pub mod modes;
pub mod opening;
pub mod output;
mod progress;
pub mod rebuild;
pub mod root;
pub mod run;
pub mod samples;
pub mod secrets;
pub mod session;
pub mod signed_card;
pub mod stack;
pub mod units;
