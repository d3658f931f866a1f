//! Starts workers, watches each case, and keeps the inputs of those that fail.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::case::Stage;
use crate::input::input;
use crate::seeds::Seeds;
use crate::worker::{Fault, Work};

/// Seconds of computing that a case may take.
pub const MAX_CASE_SECS: u64 = 5;

/// Seconds that a case may wait without asking for the processor: for what never comes. One that is ready to run on a
/// busy machine is not at fault.
pub const MAX_CASE_IDLE_SECS: u64 = 60;

/// How often a running case is looked at.
const POLL: Duration = Duration::from_millis(500);

/// Findings after which a run ends.
pub const MAX_FINDINGS: usize = 20;

/// Lines that a process which died may say about it.
const MAX_LAST_LINES: usize = 6;

/// What a run is to do.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its number: equal numbers give equal cases.
    pub seed: u64,
    /// Processes that run cases side by side.
    pub jobs: u64,
    /// The first case.
    pub first: u64,
    /// Cases to run, at most.
    pub cases: u64,
    /// When to end.
    pub until: Option<Instant>,
    /// Where failing inputs go.
    pub findings: PathBuf,
    /// A case that fails on purpose, and how.
    pub fault: Option<(u64, Fault)>,
}

/// What a run saw.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Cases that ended at each stage.
    pub stages: [u64; Stage::ALL.len()],
    /// The slowest case, with its seconds of the clock.
    pub slowest: (u64, f64),
    /// The most bytes a worker ever had allocated, and the case after which it said so.
    pub largest: (u64, usize),
    /// Each failure: the case and what happened.
    pub findings: Vec<(u64, String)>,
}

impl Report {
    /// Returns how many cases ended.
    #[must_use]
    pub fn cases(&self) -> u64 {
        self.stages.iter().sum::<u64>() + self.findings.len() as u64
    }
}

/// Runs cases until there are no more, time is over or there are too many findings.
pub fn supervise(run: &Run, seeds: &Seeds) -> anyhow::Result<Report> {
    let report = Mutex::new(Report::default());
    let shared = &report;
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..run.jobs)
            .map(|lane| scope.spawn(move || watch_lane(run, seeds, lane, shared)))
            .collect();
        lanes.into_iter().try_for_each(|lane| match lane.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    Ok(report
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner()))
}

/// Runs every `jobs`-th case, in a new process after each one that failed.
fn watch_lane(run: &Run, seeds: &Seeds, lane: u64, report: &Mutex<Report>) -> anyhow::Result<()> {
    let end = run.first.saturating_add(run.cases);
    let mut first = run.first + lane;
    while first < end && !is_over(run, report) {
        let work = Work {
            run: run.seed,
            first,
            step: run.jobs,
            end,
            fault: run.fault,
        };
        let Some((case, failure)) = watch_worker(run, work, report)? else {
            break;
        };
        std::fs::create_dir_all(&run.findings)?;
        let (format, bytes) = input(seeds, run.seed, case);
        let name = format!("{}-{case}.{}", run.seed, format.ending());
        let path = run.findings.join(name);
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        eprintln!("case {case}: {failure}\n  input in {}", path.display());
        with(report, |report| report.findings.push((case, failure)));
        first = case + run.jobs;
    }
    Ok(())
}

/// Watches one process; returns the case that failed and how, or `None` when it ran all or time is over.
fn watch_worker(
    run: &Run,
    work: Work,
    report: &Mutex<Report>,
) -> anyhow::Result<Option<(u64, String)>> {
    let worker = Worker::start(work)?;
    let mut case = None;
    loop {
        let begun = Instant::now();
        let before = worker.times().computed;
        let mut idle = Duration::ZERO;
        let line = loop {
            match worker.lines.recv_timeout(POLL) {
                Ok(line) => break Some(line),
                Err(RecvTimeoutError::Disconnected) => break None,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let times = worker.times();
            let computed = times.computed.saturating_sub(before);
            if !times.ready {
                idle += POLL;
            }
            if computed >= Duration::from_secs(MAX_CASE_SECS)
                || idle >= Duration::from_secs(MAX_CASE_IDLE_SECS)
            {
                let failure = format!(
                    "still running after {:.1} s of computing, {:.1} s of waiting",
                    computed.as_secs_f64(),
                    idle.as_secs_f64()
                );
                return Ok(case.map(|case| (case, failure)));
            }
        };
        let Some(line) = line else {
            let (status, last_words) = worker.end()?;
            let failure = match status.success() {
                true => return Ok(None),
                false => format!("the process died: {status}; {last_words}"),
            };
            return match case {
                Some(case) => Ok(Some((case, failure))),
                None => Err(anyhow::anyhow!("before any case {failure}")),
            };
        };
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        if word == "case" {
            case = rest.parse().ok();
            if is_over(run, report) {
                return Ok(None);
            }
            continue;
        }
        let number = case.unwrap_or(work.first);
        let seconds = begun.elapsed().as_secs_f64();
        let Some(stage) = Stage::ALL.iter().position(|stage| stage.name() == word) else {
            return Ok(Some((number, line)));
        };
        with(report, |report| {
            report.stages[stage] += 1;
            if seconds > report.slowest.1 {
                report.slowest = (number, seconds);
            }
            let most = rest.parse().unwrap_or(0);
            if most > report.largest.1 {
                report.largest = (number, most);
            }
        });
    }
}

fn is_over(run: &Run, report: &Mutex<Report>) -> bool {
    let late = run.until.is_some_and(|until| Instant::now() >= until);
    late || with(report, |report| report.findings.len() >= MAX_FINDINGS)
}

fn with<T>(report: &Mutex<Report>, visit: impl FnOnce(&mut Report) -> T) -> T {
    visit(
        &mut report
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner()),
    )
}

/// What a process does.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    /// The time that it has computed.
    computed: Duration,
    /// Whether it runs or would if a processor were free.
    ready: bool,
}

/// A process that runs cases; killed when it goes out of scope.
struct Worker {
    child: Child,
    lines: Receiver<String>,
    errors: Receiver<String>,
}

impl Worker {
    fn start(work: Work) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--worker", &work.first.to_string()]);
        command.args(["--seed", &work.run.to_string()]);
        command.args(["--step", &work.step.to_string()]);
        command.args(["--end", &work.end.to_string()]);
        if let Some((case, fault)) = work.fault {
            let value =
                clap::ValueEnum::to_possible_value(&fault).context("every fault has a name")?;
            command.args([
                "--fault",
                value.get_name(),
                "--fault-case",
                &case.to_string(),
            ]);
        }
        let pipes = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = pipes.spawn().context("starting a worker")?;
        Ok(Self {
            lines: read_lines(child.stdout.take()),
            errors: read_lines(child.stderr.take()),
            child,
        })
    }

    /// Returns what the process does; where the system does not say, it waits.
    fn times(&self) -> Times {
        /// Linux counts in hundredths of a second, whatever its clock does (`man 5 proc`, `USER_HZ`).
        const TICKS_PER_SEC: u64 = 100;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let times = stat.ok().and_then(|stat| {
            // Behind the name in brackets comes the state; utime and stime are the twelfth and thirteenth field.
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
            let ready = fields.next()? == "R";
            let mut fields = fields.skip(10);
            let user: u64 = fields.next()?.parse().ok()?;
            let system: u64 = fields.next()?.parse().ok()?;
            let computed = Duration::from_millis((user + system) * 1_000 / TICKS_PER_SEC);
            Some(Times { computed, ready })
        });
        times.unwrap_or_default()
    }

    /// Waits for the end of a process that closed its output; returns how it ended and what it said last.
    fn end(mut self) -> anyhow::Result<(ExitStatus, String)> {
        let said: Vec<String> = self.errors.iter().take(MAX_LAST_LINES).collect();
        let status = self.child.wait()?;
        Ok((status, said.join(" ")))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(pipe: Option<impl std::io::Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(pipe) = pipe {
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
    }
    receiver
}
