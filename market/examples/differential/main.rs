//! Writes files of random operations on a market with all that they come to in the domain: answers, refusals, logs,
//! balances. `Differential.t.sol` runs the same operations on the contracts; `scripts/differential.sh` runs both.
//!
//! `differential --operations N --seed S --out FOLDER` writes files, each with a stack and operations of its own;
//! `differential --seed S --explain FILE:STEP` prints what is behind one step of the numbered file.

mod abi;
mod choice;
mod operation;
mod outcome;
mod proof;
mod random;
mod stack;
mod state;
mod vault;
mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;

use assay_market::{Address, Word};

use abi::{Value, address, encode, number, word};
use operation::Op;
use outcome::Outcome;
use random::Random;
use stack::Stack;
use world::World;

/// Operations in one file.
const FILE_OPERATIONS: usize = 500;

/// After so many operations the forge test looks at every request and consent.
const LOOK_AT_EVERYTHING: usize = 50;

/// Operations from which on each refusal and each event must have happened.
const ENOUGH: usize = 10_000;

/// Refusals that the contracts have, less those of deployment and those that other tests reach by a broken module or
/// token.
const REFUSALS: &[&str] = &[
    "UnknownRequest",
    "RequestExists",
    "WrongStatus",
    "WrongRound",
    "NotOwner",
    "MarketIsPaused",
    "MarketIsNotPaused",
    "PausedTooRecently",
    "ModelIsDeprecated",
    "KindNotSupported",
    "VariantNotOffered",
    "FeeTooHigh",
    "InvalidMaxPrice",
    "InvalidCeiling",
    "InstantPriceTooHigh",
    "PriceNotPosted",
    "InvalidBiddingWindow",
    "InvalidProvingWindow",
    "InvalidExpiry",
    "InlineTooLong",
    "InvalidInline",
    "WrongHash",
    "CallbackGasTooHigh",
    "CallbackNeedsContract",
    "TooLittleGas",
    "ProverNotAdmitted",
    "ProverDefaulted",
    "BidTooHigh",
    "NoWindowFits",
    "GraceNotOver",
    "NotRequester",
    "BidStands",
    "NotExpired",
    "InvalidSignature",
    "SignatureExpired",
    "NonCanonicalDigest",
    "UnknownModel",
    "UnknownVerifier",
    "VerifierIsTombstoned",
    "ProofInvalid",
    "SealLength",
    "NonCanonicalWord",
    "NotModule",
    "AllowanceExceeded",
    "DailyLimitExceeded",
    "InsufficientFree",
];

const EVENTS: &[&str] = &[
    "Requested",
    "BidPlaced",
    "Assigned",
    "Fulfilled",
    "Defaulted",
    "RoundOpened",
    "Cancelled",
    "Expired",
    "Voided",
    "CallbackMade",
    "Paused",
    "Unpaused",
    "Deposited",
    "Withdrawn",
    "Consented",
    "Locked",
    "Released",
    "Settled",
    "ModuleRetired",
];

fn main() {
    let args = Args::parse();
    if let Some((file, step)) = args.explain {
        explain(args.seed, file, step);
        return;
    }
    let out = args.out.expect("--out FOLDER");
    std::fs::create_dir_all(&out).expect("the folder can be made");
    let files = args.operations.div_ceil(FILE_OPERATIONS);
    let mut counts = BTreeMap::new();
    for file in args.first..args.first + files {
        let left = args.operations - (file - args.first) * FILE_OPERATIONS;
        let bytes = write_file(args.seed, file, left.min(FILE_OPERATIONS), &mut counts);
        std::fs::write(out.join(format!("{file:06}")), bytes).expect("the file can be written");
    }
    let names = REFUSALS.iter().chain(EVENTS);
    let missing: Vec<&&str> = names.filter(|name| !counts.contains_key(**name)).collect();
    if args.counts {
        for (name, count) in &counts {
            println!("{count:>9} {name}");
        }
    }
    assert!(
        args.operations < ENOUGH || missing.is_empty(),
        "{} operations never reach {missing:?}",
        args.operations
    );
}

struct Args {
    operations: usize,
    seed: u64,
    /// Number of the first file.
    first: usize,
    out: Option<PathBuf>,
    counts: bool,
    explain: Option<(usize, usize)>,
}

impl Args {
    fn parse() -> Self {
        let mut args = Self {
            operations: ENOUGH,
            seed: 1,
            first: 0,
            out: None,
            counts: false,
            explain: None,
        };
        let mut given = std::env::args().skip(1);
        while let Some(name) = given.next() {
            if name == "--counts" {
                args.counts = true;
                continue;
            }
            let value = given.next().unwrap_or_else(|| panic!("{name} VALUE"));
            let whole = || value.parse().unwrap_or_else(|_| panic!("{name} NUMBER"));
            match name.as_str() {
                "--operations" => args.operations = whole(),
                "--seed" => args.seed = whole() as u64,
                "--first" => args.first = whole(),
                "--out" => args.out = Some(value.into()),
                "--explain" => {
                    let (file, step) = value.split_once(':').expect("--explain FILE:STEP");
                    let number = |text: &str| text.parse().expect("--explain FILE:STEP");
                    args.explain = Some((number(file), number(step)));
                }
                other => panic!("unknown argument {other}"),
            }
        }
        args
    }
}

/// One operation after another, on a stack that the seed and the file's number choose.
struct Run {
    world: World,
    models: Vec<Word>,
    random: Random,
}

/// One operation with what it came to.
struct Step {
    caller: Address,
    op: Op,
    to: Address,
    data: Vec<u8>,
    outcome: Outcome,
    target: Option<usize>,
}

impl Run {
    fn new(seed: u64, file: usize) -> Self {
        // The first numbers of two generators must not follow each other.
        let mut seeds = Random::new(seed);
        let start = seeds.next() ^ Random::new(file as u64).next();
        let mut random = Random::new(start);
        let stack = Stack::new(&mut random);
        let ids = stack.models.iter().map(|model| Word(model.id().0));
        Self {
            models: ids.collect(),
            world: World::new(stack),
            random,
        }
    }

    fn step(&mut self, index: usize) -> Step {
        let (world, random) = (&mut self.world, &mut self.random);
        world.now = choice::next_time(world, random);
        let near_the_end = index + 60 > FILE_OPERATIONS;
        let (caller, op) = choice::next_op(world, random, near_the_end);
        let (to, data) = op.call(caller, &world.requests, &self.models);
        let outcome = world.run(caller, &op);
        let target = match &op {
            Op::Request { .. } if outcome.answer.is_ok() => Some(world.requests.len() - 1),
            other => other.target().map(|(index, _)| index),
        };
        Step {
            caller,
            op,
            to,
            data,
            outcome,
            target,
        }
    }
}

fn write_file(
    seed: u64,
    file: usize,
    operations: usize,
    counts: &mut BTreeMap<String, u64>,
) -> Vec<u8> {
    let mut run = Run::new(seed, file);
    let setup = run.world.stack.to_abi();
    let mut steps = Vec::new();
    for index in 0..operations {
        let step = run.step(index);
        let mut count = |name: &str| *counts.entry(name.to_owned()).or_default() += 1;
        match &step.outcome.answer {
            Ok(_) => step.outcome.logs.iter().for_each(|log| count(&log.name)),
            Err(refusal) => count(&refusal.name),
        }
        let everything = index % LOOK_AT_EVERYTHING == LOOK_AT_EVERYTHING - 1;
        let state = run.world.state_hash(step.target, everything);
        let (succeeds, answer) = match &step.outcome.answer {
            Ok(answer) => (true, answer.clone()),
            Err(refusal) => (false, refusal.data.clone()),
        };
        steps.push(Value::Tuple(vec![
            number(run.world.now.0),
            address(step.caller),
            address(step.to),
            number(step.op.gas()),
            Value::Bytes(step.data),
            number(succeeds),
            Value::Bytes(answer),
            word(step.outcome.logs_hash()),
            // Requests count from 1 here, so that none is zero.
            number(step.target.map_or(0, |target| target as u128 + 1)),
            number(everything),
            word(state),
        ]));
    }
    encode(&[setup, Value::List(steps)])
}

fn explain(seed: u64, file: usize, wanted: usize) {
    let mut run = Run::new(seed, file);
    println!("{:#?}", run.world.stack);
    for index in 0..wanted {
        run.step(index);
    }
    let step = run.step(wanted);
    println!(
        "at {}, market time {}",
        run.world.now,
        run.world.market_time()
    );
    println!("{} calls {}: {:#?}", step.caller, step.to, step.op);
    print!("{}", step.outcome);
    if let Some(target) = step.target {
        println!(
            "request {target} after it: {:#?}",
            run.world.requests[target]
        );
    }
}
