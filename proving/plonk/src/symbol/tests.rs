//! A recording computes what plonky2's field and gates compute.

use assay_kernels::Path;
use assay_kernels::goldilocks::program::{ProgramBuilder, Source};
use plonky2::field::types::{Field, Sample};
use plonky2::gates::arithmetic_base::ArithmeticGate;
use plonky2::gates::arithmetic_extension::ArithmeticExtensionGate;
use plonky2::gates::base_sum::BaseSumGate;
use plonky2::gates::constant::ConstantGate;
use plonky2::gates::coset_interpolation::CosetInterpolationGate;
use plonky2::gates::exponentiation::ExponentiationGate;
use plonky2::gates::gate::GateRef;
use plonky2::gates::multiplication_extension::MulExtensionGate;
use plonky2::gates::noop::NoopGate;
use plonky2::gates::poseidon::PoseidonGate;
use plonky2::gates::poseidon_mds::PoseidonMdsGate;
use plonky2::gates::public_input::PublicInputGate;
use plonky2::gates::random_access::RandomAccessGate;
use plonky2::gates::reducing::ReducingGate;
use plonky2::gates::reducing_extension::ReducingExtensionGate;
use plonky2::hash::hash_types::HashOut;
use plonky2::plonk::circuit_data::CircuitConfig;
use plonky2::plonk::vars::EvaluationVarsBaseBatch;

use super::{Symbol, record};
use crate::field::{D, F};
use crate::gates::{Plonky2Gates, run_recorded};

/// Runs a recording at one point.
fn evaluate(path: Path, recording: &ProgramBuilder, results: &[Symbol], point: &[F]) -> Vec<F> {
    let mut builder = recording.clone();
    for symbol in results {
        let value = symbol.in_builder(&mut builder);
        builder.output(value);
    }
    let words: Vec<[u64; 1]> = point.iter().map(|value| [value.0]).collect();
    let sources: Vec<Source<'_>> = words.iter().map(|word| Source::column(word)).collect();
    let mut outputs = vec![[0]; results.len()];
    let mut slices: Vec<&mut [u64]> = outputs.iter_mut().map(|output| &mut output[..]).collect();
    builder
        .build()
        .run(path, &sources, &[], &mut slices)
        .unwrap();
    outputs
        .iter()
        .map(|output| F::from_canonical_u64(output[0]))
        .collect()
}

#[test]
fn known_values_are_computed_and_the_rest_is_recorded() {
    let (recording, result) = record(|| {
        let (x, y) = (Symbol::input(0), Symbol::input(1));
        let three = Symbol::ONE + Symbol::TWO;
        assert_eq!(three.value(), Some(F::from_canonical_u64(3)));
        assert_eq!(three / three, Symbol::ONE);
        assert_eq!(x * Symbol::ONE + Symbol::ZERO * y, x);
        assert_eq!(x - x, Symbol::ZERO);
        assert_eq!(x * y, y * x);
        x * y + three * (y * x) - Symbol::TWO
    });
    let (x, y) = (F::rand(), F::rand());
    let expected = F::from_canonical_u64(4) * x * y - F::TWO;
    for path in Path::available() {
        assert_eq!(
            evaluate(path, &recording, &[result], &[x, y]),
            [expected],
            "{path}"
        );
    }
}

#[test]
fn a_recording_inside_another_leaves_it_alone() {
    let (outer, result) = record(|| {
        let x = Symbol::input(0);
        record(|| Symbol::input(7) * Symbol::input(8));
        x * x
    });
    assert_eq!(
        evaluate(Path::Portable, &outer, &[result], &[F::TWO]),
        [F::from_canonical_u64(4)]
    );
}

/// Every gate of plonky2 gives on a tape what it gives over the field.
#[test]
fn recorded_gates_equal_plonky2s() {
    let config = CircuitConfig::standard_recursion_config();
    let mut narrow = CosetInterpolationGate::<F, D>::new(4);
    narrow.degree = 6;
    let gates = [
        GateRef::new(NoopGate),
        GateRef::new(PublicInputGate),
        GateRef::new(ConstantGate::new(2)),
        GateRef::new(ArithmeticGate::new_from_config(&config)),
        GateRef::new(ArithmeticExtensionGate::<D>::new_from_config(&config)),
        GateRef::new(MulExtensionGate::<D>::new_from_config(&config)),
        GateRef::new(BaseSumGate::<2>::new(63)),
        GateRef::new(BaseSumGate::<4>::new(16)),
        GateRef::new(ReducingGate::<D>::new(43)),
        GateRef::new(ReducingExtensionGate::<D>::new(32)),
        GateRef::new(ExponentiationGate::<F, D>::new_from_config(&config)),
        GateRef::new(RandomAccessGate::<F, D>::new_from_config(&config, 4)),
        GateRef::new(RandomAccessGate::<F, D>::new_from_config(&config, 1)),
        GateRef::new(CosetInterpolationGate::<F, D>::new(3)),
        GateRef::new(narrow),
        GateRef::new(PoseidonGate::<F, D>::new()),
        GateRef::new(PoseidonMdsGate::<F, D>::new()),
    ];
    for gate in gates {
        check(&gate);
    }
}

fn check(gate: &GateRef<F, D>) {
    let constants = F::rand_vec(gate.0.num_constants().max(2));
    let wires = F::rand_vec(gate.0.num_wires());
    let hash = HashOut::rand();
    let vars = EvaluationVarsBaseBatch::new(1, &constants, &wires, &hash);
    let expected = gate.0.eval_unfiltered_base_batch(vars);
    assert_eq!(expected.len(), gate.0.num_constraints(), "{gate:?}");
    for path in Path::available() {
        let recorded = run_recorded(path, &Plonky2Gates, gate, &constants, &wires, hash);
        assert_eq!(recorded.unwrap(), expected, "{gate:?} on {path}");
    }
}
