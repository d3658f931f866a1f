//! What operations read is tied to what it is of. A wire that is range-checked has no other value near the honest one,
//! so that neither bends nor linear equations tell whether it is connected to anything: here the connections themselves
//! are looked at.

use std::collections::{BTreeMap, HashMap, HashSet};

use assay_statement::Lane;
use plonky2::field::types::Field;
use plonky2::gates::gate::GateRef;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::target::Target;
use plonky2::iop::wire::Wire;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;

use super::bend::kind;
use super::gates::Wires;
use super::models::*;
use crate::check::{Grid, Rows, Violation};
use crate::gates::*;
use crate::layout::Layout;
use crate::{C, D, F, ModelCircuit, model_config, signed};

/// Columns of a row that its operations read, if its gate is a formula of this type.
fn read_by<T: Formula>(gate: &GateRef<F, D>) -> Option<Vec<usize>> {
    let formula = &gate.0.as_any().downcast_ref::<Custom<T>>()?.0;
    let inputs = formula.inputs();
    let of_operation = |op| inputs.iter().map(move |&wire| (op, wire));
    let all = (0..formula.ops()).flat_map(of_operation);
    Some(all.map(|(op, wire)| formula.column(op, wire)).collect())
}

/// Columns that the operations of a gate of ours read; none of Plonky2's gates, and of values that are packed: those
/// are committed to, and everything else follows from them.
fn read_columns(gate: &GateRef<F, D>) -> Option<Vec<usize>> {
    None.or_else(|| read_by::<ArgMaxStep>(gate))
        .or_else(|| read_by::<Horner>(gate))
        .or_else(|| read_by::<InRange>(gate))
        .or_else(|| read_by::<LogUp>(gate))
        .or_else(|| read_by::<MaxPool>(gate))
        .or_else(|| read_by::<Moments>(gate))
        .or_else(|| read_by::<Normalize>(gate))
        .or_else(|| read_by::<Reciprocal>(gate))
        .or_else(|| read_by::<Requantize>(gate))
        .or_else(|| read_by::<Root>(gate))
        .or_else(|| read_by::<Share>(gate))
        .or_else(|| read_by::<Slide>(gate))
        .or_else(|| read_by::<TreeNode>(gate))
        .or_else(|| read_by::<WeightColumn>(gate))
        .or_else(|| read_by::<WeightRow>(gate))
}

/// Returns by gate the columns that operations read and nothing gives: no result of an operation, no constant, nothing
/// that is hashed, packed or supplied.
fn loose_wires(circuit: &ModelCircuit) -> BTreeMap<String, Vec<usize>> {
    let rows = Rows::of(&circuit.data);
    // Of a sum that is pooled the transcript has what it follows from.
    let supplied = circuit.supplied().into_iter();
    let mut given: HashSet<usize> = supplied.map(|target| rows.class_of(target)).collect();
    let mut read = HashMap::new();
    for row in 0..circuit.data.common.degree() {
        let gate = rows.gate(row);
        let columns = read_columns(gate).unwrap_or_default();
        for column in 0..gate
            .0
            .num_wires()
            .min(circuit.data.common.config.num_routed_wires)
        {
            let class = rows.class(row, column);
            if columns.contains(&column) {
                read.entry(class).or_insert_with(|| (gate.0.id(), column));
            } else {
                given.insert(class);
            }
        }
    }
    let mut loose = BTreeMap::<String, Vec<usize>>::new();
    for (class, (id, column)) in read {
        if !given.contains(&class) {
            loose.entry(kind(&id).to_owned()).or_default().push(column);
        }
    }
    loose
}

#[test]
fn operations_read_what_is_given() {
    let mut all = vec![
        mlp(&[16, 5, 3], true),
        mlp(&[6, 9, 25], false),
        tiny_cnn(),
        residual(),
        attention(),
        transformer(),
        choices(),
        wide_sums(),
        symbols(),
    ];
    all.extend(forests());
    for architecture in &all {
        let circuit = ModelCircuit::build(architecture, ALL_PUBLIC).unwrap();
        let loose = loose_wires(&circuit);
        assert!(loose.is_empty(), "wires of nothing: {loose:?}");
    }
}

/// An element that is not full has lanes of zero bits behind the last value, so that it has one form.
#[test]
fn lanes_of_an_element_are_its_values_and_then_a_constant() {
    for lane in [Lane::Int8, Lane::Int16] {
        let gate = Pack::full(lane);
        let mut layout = Layout::new(CircuitBuilder::new(model_config()));
        let values = layout.builder.add_virtual_targets(gate.lanes() + 2);
        let packed = layout.pack(gate, &values);
        let absent = layout.builder.constant(gate.idle());
        layout.finish();
        let data = layout.into_parts().0.build::<C>();
        let rows = Rows::of(&data);
        assert_eq!(packed.len(), 2);
        for (element, &packed) in packed.iter().enumerate() {
            let Target::Wire(Wire { row, column }) = packed else {
                panic!("an element is a wire of its gate")
            };
            let op = (0..gate.ops()).find(|&op| gate.column(op, Pack::PACKED) == column);
            let op = op.expect("an operation's element");
            for index in 0..gate.lanes() {
                let expected = values.get(element * gate.lanes() + index);
                let wire = gate.column(op, Pack::lane_wire(index));
                let class = rows.class_of(*expected.unwrap_or(&absent));
                assert_eq!(rows.class(row, wire), class, "{lane:?}: {element}, {index}");
            }
        }
        assert_ne!(gate.idle(), F::ZERO);
    }
}

/// Two operations read one value: gates that hold with two are refused.
#[test]
fn checker_refuses_rows_that_hold_with_wires_that_differ() {
    let gate = Pack::full(Lane::Int16);
    let mut layout = Layout::new(CircuitBuilder::new(model_config()));
    let value = layout.builder.add_virtual_target();
    let packed = [(); 2].map(|()| layout.pack(gate, &[value])[0]);
    layout.finish();
    let data = layout.into_parts().0.build::<C>();
    let mut witness = PartialWitness::new();
    witness.set_target(value, signed(5)).unwrap();
    let filled = generate_partial_witness(witness, &data.prover_only, &data.common).unwrap();
    let (rows, mut grid) = (Rows::of(&data), Grid::of(&filled));
    rows.check(&grid, &[]).unwrap();

    let Target::Wire(Wire { row, column }) = packed[1] else {
        panic!("an element is a wire of its gate")
    };
    let op = (0..gate.ops()).find(|&op| gate.column(op, Pack::PACKED) == column);
    let absent = (1..gate.lanes()).map(|lane| (Pack::lane_wire(lane), Lane::Int16.min()));
    let given = [(Pack::lane_wire(0), 6)].into_iter().chain(absent);
    let other = Wires::fill(&gate, &given.collect::<Vec<_>>(), &[]).0;
    for (wire, value) in other.into_iter().enumerate() {
        grid.set(row, gate.column(op.unwrap(), wire), value);
    }
    assert!((0..data.common.degree()).all(|row| rows.check_row(&grid, &[], row).is_ok()));
    assert!(matches!(
        rows.check(&grid, &[]),
        Err(Violation::Copy { .. })
    ));
}
