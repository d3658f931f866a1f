//! One process that runs cases one after the other and says so on standard output, for [`crate::supervise`].

use std::alloc::System;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use anyhow::anyhow;
use assay_model::onnx::limits::MAX_IMPORT_BYTES;
use cap::Cap;

use crate::case;
use crate::input::{input, rng};
use crate::seeds::Seeds;

/// What a worker is to run.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    /// The run's number.
    pub run: u64,
    /// The first case.
    pub first: u64,
    /// From one case to the next.
    pub step: u64,
    /// Where cases end.
    pub end: u64,
    /// A case that fails on purpose, and how.
    pub fault: Option<(u64, Fault)>,
}

/// A way to fail, for the tests of this crate: a harness that sees nothing would find nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Fault {
    /// Panic.
    Panic,
    /// Compute without end.
    Hang,
    /// Allocate more than the limit.
    Memory,
    /// Recurse without end.
    Stack,
}

/// Runs the cases. Before each it writes a line with its number, after it the stage, the most bytes that were ever
/// allocated, and after a panic what it said instead.
pub fn run(seeds: &Seeds, work: Work, allocator: &Cap<System>) -> anyhow::Result<()> {
    static MESSAGE: Mutex<String> = Mutex::new(String::new());
    // Panics within the float runtime are caught by the importer and are no finding; ours are reported.
    std::panic::set_hook(Box::new(|info| {
        if let Ok(mut message) = MESSAGE.lock() {
            *message = info.to_string().replace('\n', " ");
        }
    }));
    let mut output = std::io::stdout().lock();
    let mut case = work.first;
    while case < work.end {
        writeln!(output, "case {case}")?;
        output.flush()?;
        let (format, file) = input(seeds, work.run, case);
        let baseline = allocator.allocated();
        let limit = baseline + MAX_IMPORT_BYTES;
        (allocator.set_limit(limit)).map_err(|()| anyhow!("{limit} bytes are no limit"))?;
        let result = catch_unwind(AssertUnwindSafe(|| {
            if let Some((_, fault)) = work.fault.filter(|(faulty, _)| *faulty == case) {
                fail(fault);
            }
            // Another stream than the input's.
            case::run(format, &file, &mut rng(!work.run, case))
        }));
        let most = allocator.max_allocated();
        match result {
            Ok(stage) => writeln!(output, "{} {most}", stage.name())?,
            Err(_) => {
                let message = MESSAGE.lock().map_or(String::new(), |text| text.clone());
                writeln!(output, "panic {message}")?;
            }
        }
        output.flush()?;
        case = case.saturating_add(work.step);
    }
    Ok(())
}

fn fail(fault: Fault) {
    match fault {
        Fault::Panic => panic!("on purpose"),
        Fault::Hang => loop {
            std::hint::spin_loop();
        },
        Fault::Memory => drop(std::hint::black_box(vec![1_u8; MAX_IMPORT_BYTES + 1])),
        Fault::Stack => {
            std::hint::black_box(deeper(1));
        }
    }
}

#[expect(unconditional_recursion, reason = "it fails on purpose")]
fn deeper(depth: u64) -> u64 {
    std::hint::black_box([depth; 64])[0] + deeper(std::hint::black_box(depth + 1))
}
