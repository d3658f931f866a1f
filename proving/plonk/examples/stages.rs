//! Times the stages of a recursion circuit's proof on every path, and Plonky2's prover beside them.
//!
//! `cargo run --release -p assay-plonk --example stages -- [verifications] [rounds]`: a proof of a small circuit is
//! verified so many times in the circuit (1 gives 2^12 rows, 4 give 2^14); the least time of the rounds is shown.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use assay_kernels::Path;
use assay_plonk::{D, F, Plonky2Gates, Prover};
use plonky2::field::types::Field;
use plonky2::gates::noop::NoopGate;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::config::PoseidonGoldilocksConfig as C;
use plonky2::plonk::prover::prove_with_partition_witness;
use plonky2::util::timing::TimingTree;

type Circuit = CircuitData<F, C, D>;

fn main() -> Result<()> {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<usize>());
    let verifications = arguments.next().transpose()?.unwrap_or(1);
    let rounds = arguments.next().transpose()?.unwrap_or(3);
    let (circuit, inputs) = recursion(verifications)?;
    println!(
        "2^{} rows, {} threads",
        circuit.common.degree_bits(),
        rayon::current_num_threads()
    );

    let (fixed, common) = (&circuit.prover_only, &circuit.common);
    let filled = Instant::now();
    let witness = generate_partial_witness(inputs, fixed, common)?;
    println!("{:>22} {:>9.1} ms", "witness", millis(filled.elapsed()));
    let mut plonky2 = Duration::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        prove_with_partition_witness(fixed, common, witness.clone(), &mut TimingTree::default())?;
        plonky2 = plonky2.min(start.elapsed());
    }
    println!("{:>22} {:>9.1} ms", "plonky2", millis(plonky2));
    for path in Path::available() {
        let start = Instant::now();
        let prover = Prover::on_path(path, &circuit, &Plonky2Gates)?;
        println!("{path}: prepared in {:.1} ms", millis(start.elapsed()));
        let mut best = None;
        for _ in 0..rounds {
            let start = Instant::now();
            let (proof, stages) = prover.prove_timed(&circuit, &witness)?;
            let time = start.elapsed();
            circuit.verify(proof)?;
            if best.as_ref().is_none_or(|(least, _)| time < *least) {
                best = Some((time, stages));
            }
        }
        let (time, stages) = best.context("at least one round")?;
        for stage in stages {
            println!("{:>22} {:>9.1} ms", stage.name, millis(stage.time));
        }
        let ratio = plonky2.as_secs_f64() / time.as_secs_f64();
        println!(
            "{:>22} {:>9.1} ms, {ratio:.2} times as fast as plonky2",
            "all",
            millis(time)
        );
    }
    Ok(())
}

/// Returns a circuit that verifies a small proof some times over, with its inputs.
fn recursion(verifications: usize) -> Result<(Circuit, PartialWitness<F>)> {
    let config = CircuitConfig::standard_recursion_config();
    let mut builder = CircuitBuilder::<F, D>::new(config.clone());
    let input = builder.add_virtual_public_input();
    while builder.num_gates() < 4000 {
        builder.add_gate(NoopGate, vec![]);
    }
    let inner = builder.build::<C>();
    let mut inputs = PartialWitness::new();
    inputs.set_target(input, F::from_canonical_u64(42))?;
    let proof = inner.prove(inputs)?;

    let mut builder = CircuitBuilder::<F, D>::new(config);
    let mut inputs = PartialWitness::new();
    for _ in 0..verifications {
        let target = builder.add_virtual_proof_with_pis(&inner.common);
        let verifier = builder.constant_verifier_data::<C>(&inner.verifier_only);
        builder.verify_proof::<C>(&target, &verifier, &inner.common);
        inputs.set_proof_with_pis_target(&target, &proof)?;
    }
    Ok((builder.build::<C>(), inputs))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
