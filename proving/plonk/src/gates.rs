//! Recorded constraints of Plonky2's own gates.

use std::any::Any;

use assay_kernels::Path;
use assay_kernels::goldilocks::program::Source;
use plonky2::field::types::Field;
use plonky2::gates::arithmetic_base::ArithmeticGate;
use plonky2::gates::arithmetic_extension::ArithmeticExtensionGate;
use plonky2::gates::base_sum::BaseSumGate;
use plonky2::gates::constant::ConstantGate;
use plonky2::gates::coset_interpolation::CosetInterpolationGate;
use plonky2::gates::exponentiation::ExponentiationGate;
use plonky2::gates::gate::{Gate, GateRef};
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

use crate::field::{D, F};
use crate::symbol::{Symbol, record};

/// What a gate sees of its row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The gate's constants, behind the selectors.
    pub constants: &'a [Symbol],
    /// All wires.
    pub wires: &'a [Symbol],
    /// The hash of the public inputs.
    pub public_inputs_hash: &'a [Symbol; 4],
}

/// Knows how to record the constraints of gates.
pub trait GatePrograms: Sync {
    /// Returns the unfiltered constraints of a gate in Plonky2's order, or `None` for a gate that it does not know.
    fn constraints(&self, gate: &GateRef<F, D>, row: Row<'_>) -> Option<Vec<Symbol>>;
}

/// Knows Plonky2's own gates, save those of its lookup tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plonky2Gates;

impl GatePrograms for Plonky2Gates {
    fn constraints(&self, gate: &GateRef<F, D>, row: Row<'_>) -> Option<Vec<Symbol>> {
        let any = gate.0.as_any();
        None.or_else(|| same::<NoopGate>(any, row))
            .or_else(|| same::<PublicInputGate>(any, row))
            .or_else(|| same::<ArithmeticGate>(any, row))
            .or_else(|| same::<ConstantGate>(any, row))
            .or_else(|| same::<ArithmeticExtensionGate<D>>(any, row))
            .or_else(|| same::<MulExtensionGate<D>>(any, row))
            .or_else(|| same::<ReducingGate<D>>(any, row))
            .or_else(|| same::<ReducingExtensionGate<D>>(any, row))
            .or_else(|| same::<BaseSumGate<2>>(any, row))
            .or_else(|| same::<BaseSumGate<3>>(any, row))
            .or_else(|| same::<BaseSumGate<4>>(any, row))
            .or_else(|| same::<BaseSumGate<8>>(any, row))
            .or_else(|| same::<BaseSumGate<16>>(any, row))
            .or_else(|| over_field(any, row))
    }
}

/// Returns the constraints of a gate at one row as its recorded code computes them, or `None` for a gate that is not
/// known. The prover runs the same code; tests of [`GatePrograms`] compare with the gate's own evaluation.
///
/// # Panics
/// If the row has fewer constants or wires than the gate reads.
pub fn run_recorded(
    path: Path,
    programs: &dyn GatePrograms,
    gate: &GateRef<F, D>,
    constants: &[F],
    wires: &[F],
    public_inputs_hash: HashOut<F>,
) -> Option<Vec<F>> {
    let words = constants
        .iter()
        .chain(wires)
        .chain(&public_inputs_hash.elements);
    let words: Vec<[u64; 1]> = words.map(|word| [word.0]).collect();
    let (mut builder, constraints) = record(|| {
        let symbols: Vec<Symbol> = (0..words.len()).map(Symbol::input).collect();
        let (constants, rest) = symbols.split_at(constants.len());
        let (wires, hash) = rest.split_at(wires.len());
        let hash = std::array::from_fn(|i| hash[i]);
        let row = Row {
            constants,
            wires,
            public_inputs_hash: &hash,
        };
        programs.constraints(gate, row)
    });
    let constraints = constraints?;
    for symbol in &constraints {
        let value = symbol.in_builder(&mut builder);
        builder.output(value);
    }
    let sources: Vec<Source<'_>> = words.iter().map(|word| Source::column(word)).collect();
    let mut values = vec![[0]; constraints.len()];
    let mut outputs: Vec<&mut [u64]> = values.iter_mut().map(|value| &mut value[..]).collect();
    let run = builder.build().run(path, &sources, &[], &mut outputs);
    run.expect("every input has a word");
    Some(
        values
            .iter()
            .map(|[word]| F::from_noncanonical_u64(*word))
            .collect(),
    )
}

/// Records a gate whose type does not name the field.
fn same<G: Gate<Symbol, D>>(gate: &dyn Any, row: Row<'_>) -> Option<Vec<Symbol>> {
    gate.downcast_ref::<G>().map(|gate| evaluate(gate, row))
}

/// Records a gate whose type names the field: by the gate with the same parameters over symbols.
fn over_field(gate: &dyn Any, row: Row<'_>) -> Option<Vec<Symbol>> {
    if gate.is::<PoseidonGate<F, D>>() {
        return Some(evaluate(&PoseidonGate::<Symbol, D>::new(), row));
    }
    if gate.is::<PoseidonMdsGate<F, D>>() {
        return Some(evaluate(&PoseidonMdsGate::<Symbol, D>::new(), row));
    }
    if let Some(gate) = gate.downcast_ref::<ExponentiationGate<F, D>>() {
        return Some(evaluate(
            &ExponentiationGate::<Symbol, D>::new(gate.num_power_bits),
            row,
        ));
    }
    if let Some(gate) = gate.downcast_ref::<RandomAccessGate<F, D>>() {
        // The configuration only proposes numbers that are set right after.
        let config = CircuitConfig::standard_recursion_config();
        let mut twin = RandomAccessGate::<Symbol, D>::new_from_config(&config, 0);
        twin.bits = gate.bits;
        twin.num_copies = gate.num_copies;
        twin.num_extra_constants = gate.num_extra_constants;
        return Some(evaluate(&twin, row));
    }
    if let Some(gate) = gate.downcast_ref::<CosetInterpolationGate<F, D>>() {
        let mut twin = CosetInterpolationGate::<Symbol, D>::default();
        twin.subgroup_bits = gate.subgroup_bits;
        twin.degree = gate.degree;
        let weights = gate.barycentric_weights.iter();
        twin.barycentric_weights = weights.map(|&weight| Symbol::constant(weight)).collect();
        return Some(evaluate(&twin, row));
    }
    None
}

fn evaluate<G: Gate<Symbol, D>>(gate: &G, row: Row<'_>) -> Vec<Symbol> {
    let hash = HashOut::from(*row.public_inputs_hash);
    gate.eval_unfiltered_base_batch(EvaluationVarsBaseBatch::new(
        1,
        row.constants,
        row.wires,
        &hash,
    ))
}
