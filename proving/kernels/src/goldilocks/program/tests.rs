//! Against the same formulas in plonky2's field, one point at a time.

use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::poseidon::{ALL_ROUND_CONSTANTS, Poseidon};
use proptest::prelude::*;

use super::*;
use crate::goldilocks::field::ORDER;
use crate::goldilocks::testing::{EDGES, arb_word, words};

type F = GoldilocksField;

const INPUTS: u32 = 4;
const PARAMETERS: u32 = 2;

/// An operation on values that were made before; indices wrap around.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Constant(u64),
    Input(u32),
    Parameter(u32),
    Add(usize, usize),
    Sub(usize, usize),
    Mul(usize, usize),
    MulAdd(usize, usize, usize),
    Neg(usize),
}

fn arb_operation() -> impl Strategy<Value = Operation> {
    // Near operands, so that sums and products grow together.
    let near = || 0..12_usize;
    prop_oneof![
        1 => prop_oneof![arb_word(), 0..50_u64, Just(ORDER - 1), Just(1 << 30)].prop_map(Operation::Constant),
        2 => (0..INPUTS).prop_map(Operation::Input),
        1 => (0..PARAMETERS).prop_map(Operation::Parameter),
        4 => (near(), near()).prop_map(|(a, b)| Operation::Add(a, b)),
        3 => (near(), near()).prop_map(|(a, b)| Operation::Sub(a, b)),
        4 => (near(), near()).prop_map(|(a, b)| Operation::Mul(a, b)),
        2 => (near(), near(), near()).prop_map(|(a, b, c)| Operation::MulAdd(a, b, c)),
        1 => near().prop_map(Operation::Neg),
    ]
}

/// Builds the program of the operations; the outputs are the last values.
fn recorded(operations: &[Operation], outputs: usize) -> Program {
    let mut builder = ProgramBuilder::new();
    let mut values = vec![builder.input(0)];
    for operation in operations {
        let at = |back: usize| values[values.len() - 1 - back % values.len()];
        let value = match *operation {
            Operation::Constant(word) => builder.constant(word),
            Operation::Input(slot) => builder.input(slot),
            Operation::Parameter(index) => builder.parameter(index),
            Operation::Add(a, b) => builder.add(at(a), at(b)),
            Operation::Sub(a, b) => builder.sub(at(a), at(b)),
            Operation::Mul(a, b) => builder.mul(at(a), at(b)),
            Operation::MulAdd(a, b, c) => builder.mul_add(at(a), at(b), at(c)),
            Operation::Neg(a) => builder.neg(at(a)),
        };
        values.push(value);
    }
    for value in values.iter().rev().take(outputs) {
        builder.output(*value);
    }
    builder.build()
}

/// The outputs at one point.
fn evaluated(
    operations: &[Operation],
    outputs: usize,
    inputs: &[u64],
    parameters: &[u64],
) -> Vec<F> {
    let mut values = vec![GoldilocksField(inputs[0])];
    for operation in operations {
        let at = |back: usize| values[values.len() - 1 - back % values.len()];
        let value = match *operation {
            Operation::Constant(word) => GoldilocksField(word),
            Operation::Input(slot) => GoldilocksField(inputs[slot as usize]),
            Operation::Parameter(index) => GoldilocksField(parameters[index as usize]),
            Operation::Add(a, b) => at(a) + at(b),
            Operation::Sub(a, b) => at(a) - at(b),
            Operation::Mul(a, b) => at(a) * at(b),
            Operation::MulAdd(a, b, c) => at(a) * at(b) + at(c),
            Operation::Neg(a) => -at(a),
        };
        values.push(value);
    }
    values.iter().rev().take(outputs).copied().collect()
}

fn run(
    program: &Program,
    path: Path,
    columns: &[Vec<u64>],
    parameters: &[u64],
    points: usize,
) -> Vec<Vec<u64>> {
    let sources: Vec<Source<'_>> = columns
        .iter()
        .map(|column| Source::column(column))
        .collect();
    let mut outputs = vec![vec![0; points]; program.outputs()];
    let mut slices: Vec<&mut [u64]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
    program
        .run(path, &sources, parameters, &mut slices)
        .unwrap();
    outputs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_formulas_are_evaluated(
        operations in prop::collection::vec(arb_operation(), 1..120),
        parameters in prop::collection::vec(arb_word(), PARAMETERS as usize),
        seed in any::<u64>(),
        points in 1..70_usize,
    ) {
        let outputs = 3.min(operations.len());
        let program = recorded(&operations, outputs);
        let columns: Vec<Vec<u64>> = (0..u64::from(INPUTS)).map(|k| words(seed ^ k, points)).collect();
        for path in Path::available() {
            let got = run(&program, path, &columns, &parameters, points);
            for i in 0..points {
                let inputs: Vec<u64> = columns.iter().map(|column| column[i]).collect();
                let expected = evaluated(&operations, outputs, &inputs, &parameters);
                for (k, expected) in expected.iter().enumerate() {
                    prop_assert_eq!(got[k][i], expected.to_canonical_u64(), "{}, output {}, point {}", path, k, i);
                }
            }
        }
    }
}

#[test]
fn edges_are_evaluated_by_every_instruction() {
    use Operation::*;
    // Products, squares, sums with constants, with small, wide and unknown coefficients, and what is subtracted.
    let programs: &[&[Operation]] = &[
        &[Input(1), Add(0, 1)],
        &[Input(1), Sub(0, 1)],
        &[Input(1), Mul(0, 1)],
        &[Mul(0, 0)],
        &[Constant(ORDER - 5), Add(0, 1)],
        &[Neg(0)],
        &[Input(1), MulAdd(0, 1, 1)],
        &[Input(1), Mul(0, 1), Sub(1, 0)],
        &[
            Constant(41),
            Mul(0, 1),
            Input(1),
            Add(0, 1),
            Constant(u64::MAX),
            Add(0, 1),
        ],
        &[Constant(ORDER - 41), Mul(0, 1), Input(1), Add(0, 1)],
        &[Constant(1 << 62), Mul(0, 1), Input(1), Add(0, 1)],
        &[Parameter(0), Mul(0, 1), Input(1), Add(0, 1)],
        &[Parameter(0), Parameter(1), Mul(0, 1), Add(0, 3)],
        &[Constant(7)],
    ];
    let parameters = [u64::MAX, ORDER - 1];
    let columns = [
        EDGES
            .iter()
            .flat_map(|a| vec![*a; EDGES.len()])
            .collect::<Vec<_>>(),
        EDGES.repeat(EDGES.len()),
    ];
    let points = EDGES.len() * EDGES.len();
    for operations in programs {
        let program = recorded(operations, 1);
        for path in Path::available() {
            let got = run(&program, path, &columns, &parameters, points);
            for i in 0..points {
                let expected =
                    evaluated(operations, 1, &[columns[0][i], columns[1][i]], &parameters);
                assert_eq!(
                    got[0][i],
                    expected[0].to_canonical_u64(),
                    "{path}, {operations:?}, point {i}"
                );
            }
        }
    }
}

#[test]
fn long_sums_are_cut() {
    // More terms than are accumulated at once, each with the largest coefficient.
    let mut builder = ProgramBuilder::new();
    let mut sum = builder.constant(0);
    for slot in 0..3000 {
        let input = builder.input(slot);
        let factor = builder.constant(ORDER - 2 - u64::from(slot) * (1 << 40));
        sum = builder.mul_add(input, factor, sum);
        sum = builder.mul_add(input, input, sum);
    }
    builder.output(sum);
    let program = builder.build();
    let columns = vec![vec![u64::MAX; 3]; 3000];
    let mut expected = F::ZERO;
    for slot in 0..3000_u64 {
        let input = GoldilocksField(u64::MAX);
        expected += input * GoldilocksField(ORDER - 2 - slot * (1 << 40)) + input * input;
    }
    for path in Path::available() {
        assert_eq!(
            run(&program, path, &columns, &[], 3),
            [[expected.to_canonical_u64(); 3]]
        );
    }
}

/// Poseidon as plonky2's gate computes it, without the gate's wires in between.
fn recorded_permutation(builder: &mut ProgramBuilder) -> [Value; 12] {
    let mut state: [Value; 12] = std::array::from_fn(|i| builder.input(i as u32));
    for round in 0..4 {
        full_round(builder, &mut state, round);
    }
    for (element, constant) in state.iter_mut().zip(F::FAST_PARTIAL_FIRST_ROUND_CONSTANT) {
        let constant = builder.constant(constant);
        *element = builder.add(*element, constant);
    }
    let before = state;
    for (c, element) in state.iter_mut().enumerate().skip(1) {
        let row: [u64; 11] =
            std::array::from_fn(|r| F::FAST_PARTIAL_ROUND_INITIAL_MATRIX[r][c - 1]);
        *element = dot(builder, &before[1..], &row);
    }
    for round in 0..22 {
        let constant = builder.constant(F::FAST_PARTIAL_ROUND_CONSTANTS[round]);
        let power = seventh_power(builder, state[0]);
        let first = builder.add(power, constant);
        let tail = dot(builder, &state[1..], &F::FAST_PARTIAL_ROUND_W_HATS[round]);
        let entry = builder.constant(F::MDS_MATRIX_CIRC[0] + F::MDS_MATRIX_DIAG[0]);
        state[0] = builder.mul_add(first, entry, tail);
        for (element, entry) in state[1..].iter_mut().zip(F::FAST_PARTIAL_ROUND_VS[round]) {
            let entry = builder.constant(entry);
            *element = builder.mul_add(first, entry, *element);
        }
    }
    for round in 26..30 {
        full_round(builder, &mut state, round);
    }
    state
}

fn full_round(builder: &mut ProgramBuilder, state: &mut [Value; 12], round: usize) {
    for (i, element) in state.iter_mut().enumerate() {
        let constant = builder.constant(ALL_ROUND_CONSTANTS[12 * round + i]);
        let sum = builder.add(*element, constant);
        *element = seventh_power(builder, sum);
    }
    let powers = *state;
    *state = std::array::from_fn(|r| {
        let turned: Vec<Value> = (0..12).map(|i| powers[(i + r) % 12]).collect();
        let sum = dot(builder, &turned, &F::MDS_MATRIX_CIRC);
        let entry = builder.constant(F::MDS_MATRIX_DIAG[r]);
        builder.mul_add(powers[r], entry, sum)
    });
}

fn dot(builder: &mut ProgramBuilder, values: &[Value], entries: &[u64]) -> Value {
    let mut sum = builder.constant(0);
    for (value, entry) in values.iter().zip(entries) {
        let entry = builder.constant(*entry);
        sum = builder.mul_add(*value, entry, sum);
    }
    sum
}

fn seventh_power(builder: &mut ProgramBuilder, x: Value) -> Value {
    let second = builder.mul(x, x);
    let third = builder.mul(second, x);
    let fourth = builder.mul(second, second);
    builder.mul(third, fourth)
}

#[test]
fn a_long_program_is_evaluated() {
    let mut builder = ProgramBuilder::new();
    for value in recorded_permutation(&mut builder) {
        builder.output(value);
    }
    let program = builder.build();
    assert!(
        program.registers() < 60,
        "{} registers",
        program.registers()
    );
    let points = 75;
    let columns: Vec<Vec<u64>> = (0..12).map(|k| words(k, points)).collect();
    for path in Path::available() {
        let got = run(&program, path, &columns, &[], points);
        for i in 0..points {
            let state = std::array::from_fn(|k| GoldilocksField(columns[k][i]));
            let expected =
                <F as Poseidon>::poseidon(state).map(|element| element.to_canonical_u64());
            assert_eq!(
                std::array::from_fn(|k| got[k][i]),
                expected,
                "{path}, point {i}"
            );
        }
    }
}

#[test]
fn sources_may_be_rows() {
    let mut builder = ProgramBuilder::new();
    let (a, b) = (builder.input(0), builder.input(1));
    let difference = builder.sub(a, b);
    builder.output(difference);
    let program = builder.build();
    let table = words(3, 7 * 40);
    let sources = [
        Source::row_table(&table, 2, 7),
        Source::row_table(&table, 6, 7),
    ];
    for path in Path::available() {
        let mut sums = words(4, 40);
        let expected: Vec<u64> = sums
            .iter()
            .zip(table.chunks(7))
            .map(|(sum, row)| canonical(field::add(*sum, field::sub(row[2], row[6]))))
            .collect();
        program.run(path, &sources, &[], &mut [&mut sums]).unwrap();
        assert_eq!(sums, expected);
    }
}

#[test]
fn runs_that_do_not_fit_are_refused() {
    let mut builder = ProgramBuilder::new();
    let (a, b) = (builder.input(1), builder.parameter(2));
    let product = builder.mul(a, b);
    builder.output(product);
    builder.output(a);
    let program = builder.build();
    let column = [0; 5];
    let source = Source::column(&column);
    let short = Source {
        offset: 1,
        ..source
    };
    let far = Source {
        stride: usize::MAX,
        ..source
    };
    let check = |sources: &[Source<'_>], parameters: &[u64], lengths: &[usize], expected| {
        let mut outputs: Vec<Vec<u64>> = lengths.iter().map(|length| vec![0; *length]).collect();
        let mut slices: Vec<&mut [u64]> = outputs.iter_mut().map(Vec::as_mut_slice).collect();
        assert_eq!(
            program.run(Path::Portable, sources, parameters, &mut slices),
            expected
        );
    };
    check(&[source; 2], &[0; 3], &[5, 5], Ok(()));
    check(&[source; 2], &[0; 3], &[0, 0], Ok(()));
    check(
        &[source],
        &[0; 3],
        &[5, 5],
        Err(ProgramError::Inputs {
            expected: 2,
            got: 1,
        }),
    );
    check(
        &[source; 2],
        &[0; 2],
        &[5, 5],
        Err(ProgramError::Parameters {
            expected: 3,
            got: 2,
        }),
    );
    check(
        &[source; 2],
        &[0; 3],
        &[5],
        Err(ProgramError::Outputs {
            expected: 2,
            got: 1,
        }),
    );
    check(
        &[source; 2],
        &[0; 3],
        &[5, 4],
        Err(ProgramError::Points {
            output: 1,
            expected: 5,
            got: 4,
        }),
    );
    for bad in [short, far] {
        check(
            &[source, bad],
            &[0; 3],
            &[5, 5],
            Err(ProgramError::ShortSource {
                source_index: 1,
                points: 5,
            }),
        );
    }
}

#[test]
fn what_no_output_needs_is_left_out() {
    let mut builder = ProgramBuilder::new();
    let (a, b) = (builder.input(0), builder.input(5));
    let unused = builder.mul(a, b);
    builder.add(unused, a);
    builder.output(a);
    let program = builder.build();
    assert_eq!((program.inputs(), program.instructions()), (1, 2));
}
