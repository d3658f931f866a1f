//! Every gate: its three evaluations agree, its degree and sizes are what it says, and honest wires of any
//! input satisfy it while no other value of a hint or result does.

use assay_model::quant::limits::{
    MULTIPLIER_BITS, PAIR_SHIFT, SHIFT, WIDE_MULTIPLIER_BITS, WIDE_SHIFT, bias_bits, bias_min,
};
use assay_model::{Lanes, Rescale, requantize};
use assay_statement::Lane;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::polynomial::{PolynomialCoeffs, PolynomialValues};
use plonky2::field::types::{Field, Sample};
use plonky2::gates::gate::Gate;
use plonky2::hash::hash_types::HashOut;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::{PartialWitness, Witness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitConfig;
use plonky2::plonk::vars::{EvaluationTargets, EvaluationVars, EvaluationVarsBaseBatch};

use super::models::Random;
use crate::gates::{ArgMaxStep, Custom, Dividend, Formula, Pack, Requantize, TreeNode, WeightRow};
use crate::{C, D, F, signed};

type Extension = QuadraticExtension<F>;

fn evaluate_row<T: Formula>(gate: &Custom<T>, wires: &[F], constants: &[F]) -> Vec<F> {
    gate.eval_unfiltered_base_batch(EvaluationVarsBaseBatch::new(
        1,
        constants,
        wires,
        &HashOut::ZERO,
    ))
}

fn evaluations_agree<T: Formula>(formula: T) {
    let gate = Custom(formula);
    let (wires, constants) = (
        F::rand_vec(gate.num_wires()),
        F::rand_vec(gate.num_constants()),
    );
    let lift = |values: &[F]| {
        values
            .iter()
            .map(|&value| value.into())
            .collect::<Vec<Extension>>()
    };
    let (wires_ext, constants_ext) = (lift(&wires), lift(&constants));
    let hash = HashOut::ZERO;
    let vars = EvaluationVars {
        local_constants: &constants_ext,
        local_wires: &wires_ext,
        public_inputs_hash: &hash,
    };
    assert_eq!(
        lift(&evaluate_row(&gate, &wires, &constants)),
        gate.eval_unfiltered(vars)
    );

    let (wires, constants) = (
        Extension::rand_vec(wires.len()),
        Extension::rand_vec(constants.len()),
    );
    let vars = EvaluationVars {
        local_constants: &constants,
        local_wires: &wires,
        public_inputs_hash: &hash,
    };
    let expected = gate.eval_unfiltered(vars);

    let mut builder = CircuitBuilder::<F, D>::new(CircuitConfig::standard_recursion_config());
    let wire_targets = builder.add_virtual_extension_targets(wires.len());
    let constant_targets = builder.add_virtual_extension_targets(constants.len());
    let hash = builder.add_virtual_hash();
    let vars = EvaluationTargets {
        local_constants: &constant_targets,
        local_wires: &wire_targets,
        public_inputs_hash: &hash,
    };
    let evaluated = gate.eval_unfiltered_circuit(&mut builder, vars);
    let data = builder.build::<C>();
    let mut inputs = PartialWitness::new();
    inputs.set_extension_targets(&wire_targets, &wires).unwrap();
    inputs
        .set_extension_targets(&constant_targets, &constants)
        .unwrap();
    inputs.set_hash_target(hash, HashOut::ZERO).unwrap();
    let witness = generate_partial_witness(inputs, &data.prover_only, &data.common).unwrap();
    let got = evaluated
        .iter()
        .map(|&target| witness.get_extension_target(target))
        .collect::<Vec<_>>();
    assert_eq!(got, expected);
}

/// Random wire polynomials of degree below 2^5 give constraint polynomials of exactly the claimed degree.
fn degree_is_as_claimed<T: Formula>(formula: T) {
    const LOG_POINTS: usize = 5;
    let gate = Custom(formula);
    let points = 1 << (LOG_POINTS + 3);
    let columns = (0..gate.num_wires() + gate.num_constants())
        .map(|_| {
            let mut coeffs = F::rand_vec(1 << LOG_POINTS);
            coeffs.resize(points, F::ZERO);
            PolynomialCoeffs::new(coeffs).fft().values
        })
        .collect::<Vec<_>>();
    let rows = (0..points)
        .map(|point| {
            let row = columns
                .iter()
                .map(|column| column[point])
                .collect::<Vec<_>>();
            let (wires, constants) = row.split_at(gate.num_wires());
            evaluate_row(&gate, wires, constants)
        })
        .collect::<Vec<_>>();
    let degrees = (0..gate.num_constraints()).map(|constraint| {
        let values = rows.iter().map(|row| row[constraint]).collect::<Vec<_>>();
        PolynomialValues::new(values).degree()
    });
    assert_eq!(
        degrees.max(),
        Some(gate.degree() * ((1 << LOG_POINTS) - 1)),
        "{}",
        gate.id()
    );
}

pub fn is_well_formed<T: Formula>(formula: T, rows_hold: usize) {
    evaluations_agree(formula.clone());
    degree_is_as_claimed(formula.clone());
    let gate = Custom(formula);
    assert_eq!(gate.0.ops(), rows_hold, "{}", gate.id());
    assert_eq!(gate.num_ops(), rows_hold);
    assert!(gate.num_wires() <= 135 && gate.0.ops() * gate.0.routed() <= 80);
    let wires = vec![F::ZERO; gate.num_wires()];
    let constraints = evaluate_row(&gate, &wires, &vec![F::ZERO; gate.num_constants()]).len();
    assert_eq!(constraints, gate.num_constraints());
}

fn gates_for_wide_values() -> [Pack; 2] {
    [
        Pack::narrow(
            Lane::Int32,
            bias_min(400, Lane::Int8).into(),
            bias_bits(400, Lane::Int8),
        ),
        Pack::narrow(Lane::Int32, 0, MULTIPLIER_BITS),
    ]
}

#[test]
fn gates_are_well_formed() {
    is_well_formed(WeightRow, 1);
    is_well_formed(Pack::full(Lane::Int8), 4);
    is_well_formed(gates_for_wide_values()[0], 9);
    is_well_formed(gates_for_wide_values()[1], 10);
    let sum = |subtract, wide| Dividend::Sum { subtract, wide };
    for (dividend, lanes_with_relu, lanes) in [
        (Dividend::Channel { bits: 24 }, 4, 4),
        (Dividend::Channel { bits: 28 }, 4, 3),
        (Dividend::Channel { bits: 32 }, 3, 3),
        (Dividend::Own { bits: 24 }, 4, 3),
        (Dividend::Own { bits: 28 }, 3, 3),
        (Dividend::Own { bits: 32 }, 3, 3),
        (sum(false, false), 5, 4),
        (sum(true, false), 5, 4),
        (sum(false, true), 4, 4),
        (sum(true, true), 4, 4),
        (Dividend::Product, 4, 4),
    ] {
        for (relu, lanes) in [(true, lanes_with_relu), (false, lanes)] {
            let gate = Requantize::new(dividend, relu);
            assert_eq!(gate.lanes(), lanes, "{gate:?}");
            is_well_formed(gate, 1);
        }
    }
    for dividend in [
        Dividend::Channel { bits: 24 },
        Dividend::Channel { bits: 32 },
        Dividend::Channel { bits: 38 },
        sum(false, false),
        sum(false, true),
        Dividend::Product,
    ] {
        for relu in [true, false] {
            for shift in [SHIFT, WIDE_SHIFT, PAIR_SHIFT] {
                let gate = Requantize::of(dividend, relu, Lanes::INT16, shift);
                assert_eq!(gate.lanes(), 3, "{gate:?}");
                is_well_formed(gate, 1);
            }
        }
    }
    is_well_formed(ArgMaxStep::new(ArgMaxStep::LANE_BITS), 12);
    is_well_formed(ArgMaxStep::new(32), 5);
    for (numbers, nodes) in [(1, 9), (2, 7), (4, 5), (TreeNode::MAX_NUMBERS, 3)] {
        is_well_formed(TreeNode::new(numbers), nodes);
    }
}

/// One operation's wires.
pub struct Wires(pub Vec<F>);

impl Wires {
    /// Fills an operation as the prover does.
    pub fn fill<T: Formula>(formula: &T, inputs: &[(usize, i64)], constants: &[F]) -> Self {
        let mut wires = vec![F::ZERO; formula.routed() + formula.hints()];
        let mut given = inputs.iter().map(|&(wire, _)| wire).collect::<Vec<_>>();
        given.sort_unstable();
        assert_eq!(
            given,
            formula.inputs(),
            "all inputs and only those are given"
        );
        for &(wire, value) in inputs {
            wires[wire] = signed(value);
        }
        let read = wires.clone();
        formula.fill(
            |wire| read[wire],
            constants,
            |wire, value| wires[wire] = value,
        );
        Self(wires)
    }

    /// Returns true if every constraint is zero.
    pub fn satisfy<T: Formula>(&self, formula: &T, constants: &[F]) -> bool {
        let mut holds = true;
        let gate = Custom(formula.clone());
        let mut row = vec![F::ZERO; gate.num_wires()];
        // Every operation of the row is this one: all must agree.
        for op in 0..formula.ops() {
            for (wire, &value) in self.0.iter().enumerate() {
                row[formula.column(op, wire)] = value;
            }
        }
        for value in evaluate_row(&gate, &row, constants) {
            holds &= value.is_zero();
        }
        holds
    }
}

/// Honest wires hold, and every wire that is not an input has no other value.
pub fn holds_and_refuses_bends<T: Formula>(formula: &T, inputs: &[(usize, i64)], constants: &[F]) {
    let honest = Wires::fill(formula, inputs, constants);
    assert!(honest.satisfy(formula, constants), "{formula:?} {inputs:?}");
    let inputs = formula.inputs();
    for wire in (0..honest.0.len()).filter(|wire| !inputs.contains(wire)) {
        let mut bent = Wires(honest.0.clone());
        let others = [1, -1, 2, 3, 4, -128, 256].map(|delta| honest.0[wire] + signed(delta));
        for other in
            others
                .into_iter()
                .chain([-honest.0[wire], honest.0[wire].double(), F::NEG_ONE])
        {
            bent.0[wire] = other;
            let accepted = other != honest.0[wire] && bent.satisfy(formula, constants);
            assert!(
                !accepted,
                "{formula:?}: wire {wire} may be {other} with {:?}",
                honest.0
            );
        }
    }
}

#[test]
fn weight_row_computes_dot_products_and_refuses_bends() {
    let mut random = Random(1);
    for round in 0..20 {
        let mut lane = || [random.int8(), -128, 127, 0][(round as usize).saturating_sub(16)];
        let weights = [[(); 14]; 2].map(|row| row.map(|()| i64::from(lane())));
        let inputs = [(); 14].map(|()| i64::from(lane()));
        let before = [(); 2].map(|()| i64::from(lane()) << 20);
        let mut given = inputs
            .iter()
            .enumerate()
            .map(|(i, &x)| (WeightRow::activation(i), x))
            .collect::<Vec<_>>();
        for output in 0..2 {
            given.push((WeightRow::before(output), before[output]));
            for (element, word) in Lane::Int8
                .pack(&weights[output])
                .unwrap()
                .into_iter()
                .enumerate()
            {
                given.push((WeightRow::element(output, element), word.cast_signed()));
            }
        }
        let filled = Wires::fill(&WeightRow, &given, &[]);
        for output in 0..2 {
            let sum = weights[output]
                .iter()
                .zip(&inputs)
                .fold(before[output], |sum, (w, x)| sum + w * x);
            assert_eq!(filled.0[WeightRow::after(output)], signed(sum));
        }
        holds_and_refuses_bends(&WeightRow, &given, &[]);
    }
}

#[test]
fn weight_row_refuses_elements_that_are_no_lanes() {
    let word = 1 << 56;
    for element in [word, word + 1, word << 1, i64::MAX, -1, -128] {
        for place in 0..4 {
            let mut given = (0..WeightRow::after(0))
                .map(|wire| (wire, 0))
                .collect::<Vec<_>>();
            given[place].1 = element;
            assert!(
                !Wires::fill(&WeightRow, &given, &[]).satisfy(&WeightRow, &[]),
                "{element:#x}"
            );
        }
    }
}

#[test]
fn pack_equals_its_native_twin_and_refuses_bends() {
    let mut random = Random(2);
    for _ in 0..20 {
        let lanes = [(); 7].map(|()| i64::from(random.int8()));
        let given = std::array::from_fn::<_, 7, _>(|lane| (Pack::lane_wire(lane), lanes[lane]));
        let gate = Pack::full(Lane::Int8);
        let packed = Wires::fill(&gate, &given, &[]).0[Pack::PACKED];
        assert_eq!(
            packed,
            F::from_canonical_u64(Lane::Int8.pack(&lanes).unwrap()[0])
        );
        holds_and_refuses_bends(&gate, &given, &[]);
    }
    for (gate, min, bits) in [
        (
            gates_for_wide_values()[0],
            i64::from(bias_min(400, Lane::Int8)),
            bias_bits(400, Lane::Int8),
        ),
        (gates_for_wide_values()[1], 0, MULTIPLIER_BITS),
    ] {
        for value in [min, min + (1 << bits) - 1, min + 1, min + 12345] {
            let given = [(Pack::lane_wire(0), value)];
            let packed = Wires::fill(&gate, &given, &[]).0[Pack::PACKED];
            assert_eq!(
                packed,
                F::from_canonical_u64(Lane::Int32.pack(&[value]).unwrap()[0])
            );
            holds_and_refuses_bends(&gate, &given, &[]);
        }
        for value in [min - 1, min + (1 << bits), i64::MAX, i64::MIN + 1] {
            assert!(
                !Wires::fill(&gate, &[(Pack::lane_wire(0), value)], &[]).satisfy(&gate, &[]),
                "{value}"
            );
        }
    }
}

#[test]
fn pack_refuses_a_lane_out_of_range() {
    let gate = Pack::full(Lane::Int8);
    for value in [-129, 128, 256, -256, 1 << 40, i64::MAX] {
        for bad in 0..7 {
            let given = std::array::from_fn::<_, 7, _>(|lane| {
                (Pack::lane_wire(lane), if lane == bad { value } else { 0 })
            });
            assert!(
                !Wires::fill(&gate, &given, &[]).satisfy(&gate, &[]),
                "{value} in lane {bad}"
            );
        }
    }
}

#[test]
fn requantize_equals_its_native_twin_and_refuses_bends() {
    let mut random = Random(3);
    for round in 0..60 {
        for (dividend, relu) in [
            (Dividend::Channel { bits: 24 }, true),
            (Dividend::Own { bits: 28 }, true),
            (Dividend::Channel { bits: 32 }, false),
            (Dividend::Own { bits: 24 }, false),
            (Dividend::Channel { bits: 38 }, true),
            (Dividend::Own { bits: 36 }, false),
            (Dividend::Channel { bits: 38 }, false),
        ] {
            let types = [Lanes::INT8, Lanes::INT16][round as usize % 2];
            let shift = [SHIFT, WIDE_SHIFT, PAIR_SHIFT][round as usize / 2 % 3];
            let gate = Requantize::of(dividend, relu, types, shift);
            let rescale = Rescale {
                shift,
                relu,
                lane: types.result,
            };
            let zero = lane_of(&mut random, types.result);
            let bias = [0, -300, 70_000][random.below(3) as usize];
            let shared = multiplier(&mut random);
            let mut given = vec![(Requantize::ZERO_POINT, zero)];
            if let Dividend::Channel { .. } = dividend {
                given.push((Requantize::parameter(0), bias));
                given.push((Requantize::parameter(1), shared));
            }
            let mut expected = Vec::new();
            for lane in 0..gate.lanes() {
                let (accumulator, multiplier) = match dividend {
                    Dividend::Channel { bits } => {
                        let accumulator = accumulator(&mut random, round, bits);
                        given.push((gate.operand(lane, 0), accumulator - bias));
                        (accumulator, shared)
                    }
                    Dividend::Own { bits } => {
                        let accumulator = accumulator(&mut random, round, bits);
                        let multiplier = multiplier(&mut random);
                        given.push((gate.operand(lane, 0), accumulator));
                        given.push((gate.operand(lane, 1), multiplier));
                        (accumulator, multiplier)
                    }
                    _ => unreachable!("only accumulators here"),
                };
                let twin = requantize(accumulator, multiplier as u32, zero as i16, rescale);
                expected.push(signed(twin.value.into()));
            }
            requantizes(&gate, &given, &expected);
        }
    }
}

#[test]
fn requantize_of_two_lanes_equals_its_native_twin_and_refuses_bends() {
    let mut random = Random(5);
    let sum = |subtract, wide| Dividend::Sum { subtract, wide };
    for round in 0..120 {
        let types = Lanes {
            inputs: [Lane::Int8, Lane::Int16][round % 2],
            result: [Lane::Int8, Lane::Int16][round / 2 % 2],
        };
        for (dividend, relu) in [
            (sum(false, false), true),
            (sum(true, false), false),
            (sum(false, false), false),
            (sum(false, true), true),
            (sum(true, true), false),
            (Dividend::Product, true),
            (Dividend::Product, false),
        ] {
            let shift = [SHIFT, WIDE_SHIFT, PAIR_SHIFT][round / 4 % 3];
            let gate = Requantize::of(dividend, relu, types, shift);
            let rescale = Rescale {
                shift,
                relu,
                lane: types.result,
            };
            let zero = lane_of(&mut random, types.result);
            let mut lane = || lane_of(&mut random, types.inputs);
            let zeros = [lane(), lane()];
            let unit = match dividend {
                Dividend::Sum { wide: true, .. } => 1 << (WIDE_MULTIPLIER_BITS - MULTIPLIER_BITS),
                _ => 1,
            };
            // The largest and ties too: one less than a power of two takes all bits.
            let mut any = || {
                let multiplier = multiplier(&mut random);
                [multiplier, multiplier * unit + unit - 1][random.below(2) as usize]
            };
            let multipliers = [any(), any()];
            let parameters = match dividend {
                Dividend::Product => vec![multipliers[0], zeros[0], zeros[1]],
                _ => [multipliers, zeros].concat(),
            };
            let mut given = vec![(Requantize::ZERO_POINT, zero)];
            let parameters = parameters.into_iter().enumerate();
            given.extend(parameters.map(|(i, value)| (Requantize::parameter(i), value)));
            let mut expected = Vec::new();
            for at in 0..gate.lanes() {
                let mut lane = || lane_of(&mut random, types.inputs);
                let (x, y) = (lane(), lane());
                given.extend([(gate.operand(at, 0), x), (gate.operand(at, 1), y)]);
                let (x, y) = (x - zeros[0], y - zeros[1]);
                let twin = match dividend {
                    Dividend::Sum { subtract, .. } => {
                        let second = if subtract {
                            -multipliers[1]
                        } else {
                            multipliers[1]
                        };
                        let sum = multipliers[0] * x + second * y;
                        requantize(sum, 1, zero as i16, rescale)
                    }
                    _ => {
                        let multiplier = multipliers[0] as u32;
                        requantize(x * y, multiplier, zero as i16, rescale)
                    }
                };
                expected.push(signed(twin.value.into()));
            }
            requantizes(&gate, &given, &expected);
        }
    }
}

fn requantizes(gate: &Requantize, given: &[(usize, i64)], expected: &[F]) {
    let filled = Wires::fill(gate, given, &[]);
    let got = (0..gate.lanes()).map(|lane| filled.0[gate.value(lane)]);
    assert!(got.eq(expected.iter().copied()), "{gate:?} {given:?}");
    holds_and_refuses_bends(gate, given, &[]);
}

fn lane_of(random: &mut Random, lane: Lane) -> i64 {
    let any = lane.min() + random.below(1 << lane.bits()).cast_signed();
    [any, lane.min(), lane.max(), 0][random.below(4) as usize]
}

fn multiplier(random: &mut Random) -> i64 {
    let any = random.below(1 << 24).cast_signed();
    [0, 1, (1 << 24) - 1, 1 << 23, any][random.below(5) as usize]
}

fn accumulator(random: &mut Random, round: u64, bits: u32) -> i64 {
    // Those of int8 lanes have at most 31.
    let bits = if bits > 32 { bits } else { bits.min(31) };
    let limit = (1_i64 << bits) - 1;
    match round % 3 {
        0 => (random.word() >> 1).cast_signed() % limit,
        1 => random.below(600).cast_signed() - 300,
        _ => [limit, -limit, 0, -1, 1][random.below(5) as usize],
    }
}

#[test]
fn argmax_step_holds_for_any_input_and_refuses_bends() {
    let mut random = Random(4);
    for round in 0..200 {
        let bits = [ArgMaxStep::LANE_BITS, 32][round % 2];
        // The widest difference has all bits.
        let mut any = || random.below(1 << bits).cast_signed() - (1 << (bits - 1));
        let value = any();
        let best = if round % 4 == 0 { value } else { any() };
        let given = [
            (ArgMaxStep::VALUE, value),
            (ArgMaxStep::INDEX, 5),
            (ArgMaxStep::BEST, best),
            (ArgMaxStep::AT, 3),
        ];
        let filled = Wires::fill(&ArgMaxStep::new(bits), &given, &[]);
        assert_eq!(
            filled.0[ArgMaxStep::NEXT_AT],
            signed(if value > best { 5 } else { 3 })
        );
        assert_eq!(filled.0[ArgMaxStep::NEXT_BEST], signed(value.max(best)));
        holds_and_refuses_bends(&ArgMaxStep::new(bits), &given, &[]);
    }
}

#[test]
fn tree_node_holds_for_any_input_and_refuses_bends() {
    let mut random = Random(9);
    let edges = [-32_768, -32_767, -1, 0, 1, 32_766, 32_767];
    let compared = edges.iter().flat_map(|&x| edges.map(|t| (x, t)));
    for (value, threshold) in compared.collect::<Vec<_>>() {
        for numbers in [1, 3, TreeNode::MAX_NUMBERS] {
            let gate = TreeNode::new(numbers);
            let mut given = vec![(TreeNode::VALUE, value), (TreeNode::THRESHOLD, threshold)];
            for number in 0..numbers {
                let mut any = || (random.word() >> 2).cast_signed();
                given.push((TreeNode::first(number), any()));
                given.push((TreeNode::second(number), any()));
            }
            let filled = Wires::fill(&gate, &given, &[]);
            for number in 0..numbers {
                let child = if value > threshold {
                    TreeNode::second(number)
                } else {
                    TreeNode::first(number)
                };
                assert_eq!(filled.0[TreeNode::chosen(number)], filled.0[child]);
            }
            holds_and_refuses_bends(&gate, &given, &[]);
        }
    }
}

#[test]
#[should_panic(expected = "can wrap around the field")]
fn relation_that_can_wrap_around_stops_the_build() {
    crate::assert_no_wrap("a test", 1 << 63, 1 << 63);
}
