//! Products that the prover supplies: every kind is checked, every wrong sum is refused, every sum is bound.

use assay_model::Window;
use assay_statement::Lane;
use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOut;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, Witness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitData;

use super::models::*;
use crate::challenge::{Challenges, Transcript};
use crate::check::{Grid, Rows};
use crate::committed::Committed;
use crate::cost::Purpose;
use crate::layout::{LaneTarget, Layout};
use crate::ops::{Checks, Value, run_all};
use crate::product::{Factors, Inputs, Product};
use crate::{C, D, F, ModelCircuit, model_config, signed};

/// A product alone, at challenges that the test chooses.
struct Alone {
    data: CircuitData<F, C, D>,
    challenges: [Target; 4],
    given: Vec<(Target, F)>,
    /// `[outputs][positions]`, with the right values.
    sums: Vec<Vec<(Target, i64)>>,
}

/// The shape of a product for tests.
#[derive(Clone)]
enum Shape {
    Dense {
        rows: usize,
        inputs: usize,
        outputs: usize,
    },
    /// Lanes times lanes, each less a zero point.
    Lanes {
        rows: usize,
        inner: usize,
        outputs: usize,
    },
    Conv {
        channels: [usize; 3],
        size: [usize; 2],
        window: Window,
    },
}

fn shapes() -> Vec<Shape> {
    let conv = |channels, size, window| Shape::Conv {
        channels,
        size,
        window,
    };
    let square = Window::new(&[2, 2]);
    vec![
        Shape::Dense {
            rows: 5,
            inputs: 9,
            outputs: 6,
        },
        Shape::Dense {
            rows: 12,
            inputs: 3,
            outputs: 2,
        },
        Shape::Lanes {
            rows: 6,
            inner: 3,
            outputs: 4,
        },
        conv([2, 3, 1], [4, 5], square.clone()),
        conv(
            [1, 4, 1],
            [7, 7],
            Window::new(&[3, 3]).with_strides(&[2, 1]),
        ),
        conv([4, 6, 2], [4, 4], square.clone()),
        conv([3, 3, 3], [4, 5], square.with_dilations(&[2, 1])),
    ]
}

impl Alone {
    fn new(shape: &Shape, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut layout = Layout::new(CircuitBuilder::new(model_config()));
        let mut given = Vec::new();
        let (product, values) = match shape {
            Shape::Dense {
                rows,
                inputs,
                outputs,
            } => {
                let x = lanes(&mut random, rows * inputs);
                let w = lanes(&mut random, inputs * outputs);
                let targets = add(&mut layout, &mut given, &x);
                let column = |k: usize| (0..*rows).map(|t| targets[t * inputs + k]).collect();
                let columns = Inputs::Columns((0..*inputs).map(column).collect());
                let dot = |j: usize, t: usize| {
                    (0..*inputs)
                        .map(|k| w[j * inputs + k] * x[t * inputs + k])
                        .sum()
                };
                let values = (0..*outputs).map(|j| (0..*rows).map(|t| dot(j, t)).collect());
                let values = values.collect::<Vec<Vec<i64>>>();
                (
                    with_weights(&mut layout, &mut given, &w, *inputs, columns),
                    values,
                )
            }
            Shape::Lanes {
                rows,
                inner,
                outputs,
            } => {
                let (x, y) = (
                    lanes(&mut random, rows * inner),
                    lanes(&mut random, inner * outputs),
                );
                let zeros = [5, -7];
                let left = add(&mut layout, &mut given, &x);
                let right = add(&mut layout, &mut given, &y);
                let zero_points = add(&mut layout, &mut given, &zeros);
                let column = |k: usize| (0..*rows).map(|t| left[t * inner + k]).collect();
                let factors = Factors::Lanes {
                    left: (0..*inner).map(column).collect(),
                    right: right.chunks(*outputs).map(<[_]>::to_vec).collect(),
                    zero_points: [zero_points[0], zero_points[1]],
                };
                let term = |j: usize, t: usize, k: usize| {
                    (x[t * inner + k] - zeros[0]) * (y[k * outputs + j] - zeros[1])
                };
                let dot = |j: usize, t: usize| (0..*inner).map(|k| term(j, t, k)).sum();
                let values = (0..*outputs).map(|j| (0..*rows).map(|t| dot(j, t)).collect());
                let product = Product {
                    node: 0,
                    first: 0,
                    stride: 0,
                    sums: Vec::new(),
                    factors,
                };
                (product, values.collect())
            }
            Shape::Conv {
                channels: [inputs, outputs, groups],
                size: [height, width],
                window,
            } => {
                let x = lanes(&mut random, inputs * height * width);
                let per_group = inputs / groups;
                let products = per_group * window.taps();
                let w = lanes(&mut random, outputs * products);
                let targets = add(&mut layout, &mut given, &x);
                let planes = targets.chunks(height * width);
                let planes = planes.map(|plane| plane.chunks(*width).map(<[_]>::to_vec).collect());
                let output = window.output(&[*height, *width]).unwrap();
                let windows = Inputs::windows(planes.collect(), window, &output, *groups);
                let mut values = vec![Vec::new(); *outputs];
                window.for_each(&[*height, *width], |taps| {
                    for (j, values) in values.iter_mut().enumerate() {
                        let group = j / (outputs / groups);
                        let tap = |k: usize| {
                            let channel = group * per_group + k / taps.len();
                            x[channel * height * width + taps[k % taps.len()].unwrap()]
                        };
                        values.push((0..products).map(|k| w[j * products + k] * tap(k)).sum());
                    }
                });
                (
                    with_weights(&mut layout, &mut given, &w, products, windows),
                    values,
                )
            }
        };
        let sums = values
            .into_iter()
            .map(|values| {
                let targets = layout.builder.add_virtual_targets(values.len());
                targets.into_iter().zip(values).collect::<Vec<_>>()
            })
            .collect::<Vec<_>>();
        let product = Product {
            sums: sums
                .iter()
                .map(|row| row.iter().map(|(target, _)| *target).collect())
                .collect(),
            ..product
        };
        let challenges = layout.builder.add_virtual_target_arr();
        let [a0, a1, b0, b1] = challenges;
        product.check(
            &mut layout,
            Challenges {
                positions: ExtensionTarget([a0, a1]),
                outputs: ExtensionTarget([b0, b1]),
            },
        );
        layout.finish();
        Self {
            data: layout.into_parts().0.build::<C>(),
            challenges,
            given,
            sums,
        }
    }

    /// Returns whether the circuit takes the sums after `change` at these challenges.
    fn accepts(&self, challenges: [u64; 4], change: &[((usize, usize), i64)]) -> bool {
        let mut witness = PartialWitness::new();
        for &(target, value) in &self.given {
            witness.set_target(target, value).unwrap();
        }
        for (target, value) in self.challenges.into_iter().zip(challenges) {
            witness
                .set_target(target, F::from_canonical_u64(value))
                .unwrap();
        }
        for (j, row) in self.sums.iter().enumerate() {
            for (t, &(target, value)) in row.iter().enumerate() {
                let delta = change.iter().filter(|(cell, _)| *cell == (j, t));
                let delta = delta.map(|(_, delta)| delta).sum::<i64>();
                witness.set_target(target, signed(value + delta)).unwrap();
            }
        }
        generate_partial_witness(witness, &self.data.prover_only, &self.data.common)
            .is_ok_and(|filled| Rows::of(&self.data).check(&Grid::of(&filled), &[]).is_ok())
    }

    fn cells(&self) -> Vec<(usize, usize)> {
        let row = |j: usize| (0..self.sums[j].len()).map(move |t| (j, t));
        (0..self.sums.len()).flat_map(row).collect()
    }
}

fn lanes(random: &mut Random, count: usize) -> Vec<i64> {
    (0..count).map(|_| random.int8().into()).collect()
}

fn add(layout: &mut Layout, given: &mut Vec<(Target, F)>, values: &[i64]) -> Vec<Target> {
    let targets = layout.builder.add_virtual_targets(values.len());
    given.extend(
        targets
            .iter()
            .copied()
            .zip(values.iter().map(|&value| signed(value))),
    );
    targets
}

fn with_weights(
    layout: &mut Layout,
    given: &mut Vec<(Target, F)>,
    weights: &[i64],
    products: usize,
    inputs: Inputs,
) -> Product {
    let rows = weights.chunks(products).map(|row| {
        let words = Lane::Int8.pack(row).unwrap();
        let targets = layout.builder.add_virtual_targets(words.len());
        let words = words.into_iter().map(F::from_canonical_u64);
        given.extend(targets.iter().copied().zip(words));
        targets
    });
    Product {
        node: 0,
        first: 0,
        stride: 0,
        sums: Vec::new(),
        factors: Factors::Weights {
            weights: rows.collect(),
            inputs,
        },
    }
}

const CHALLENGES: [u64; 4] = [0x1234_5678_9abc_def0, 3, 0x0fed_cba9_8765_4321, 5];

#[test]
fn right_sums_are_accepted_at_any_challenge() {
    for shape in shapes() {
        let alone = Alone::new(&shape, 1);
        for challenges in [CHALLENGES, [0, 0, 0, 0], [1, 0, 1, 0], [2, 3, 5, 7]] {
            assert!(alone.accepts(challenges, &[]));
        }
    }
}

#[test]
fn one_wrong_sum_is_refused_once_the_challenge_is_fixed() {
    for shape in shapes() {
        let alone = Alone::new(&shape, 2);
        for cell in alone.cells() {
            for delta in [1, -1, 1 << 40] {
                assert!(!alone.accepts(CHALLENGES, &[(cell, delta)]), "{cell:?}");
            }
        }
    }
}

#[test]
fn opposite_errors_on_cells_of_equal_index_sum_are_refused() {
    for shape in shapes() {
        let alone = Alone::new(&shape, 3);
        let cells = alone.cells();
        let mut tried = 0;
        for (i, &one) in cells.iter().enumerate() {
            // Indices count from either end, so equal sums and equal differences.
            let twins = cells[i + 1..]
                .iter()
                .filter(|two| one.0 + one.1 == two.0 + two.1 || one.0 + two.1 == one.1 + two.0);
            for &two in twins {
                tried += 1;
                assert!(
                    !alone.accepts(CHALLENGES, &[(one, 7), (two, -7)]),
                    "{one:?} {two:?}"
                );
            }
        }
        assert!(tried > 0);
    }
}

/// The attack that the test above tries does work against one base for both directions.
#[test]
fn one_base_would_accept_opposite_errors() {
    let alone = Alone::new(&shapes()[0], 4);
    let [a0, a1, ..] = CHALLENGES;
    let same = [a0, a1, a0, a1];
    assert!(alone.accepts(same, &[]));
    assert!(alone.accepts(same, &[((0, 1), 7), ((1, 0), -7)]));
    assert!(!alone.accepts(CHALLENGES, &[((0, 1), 7), ((1, 0), -7)]));
}

/// Graphs with each way to supply and bind sums: dense over rows, convolution alone, pooled and packed, pooled
/// with windows that leave sums out, pooled so widely that packing does not pay, grouped.
fn graphs_with_supplied_sums() -> Vec<assay_model::Architecture> {
    let conv = |groups: usize, pool: Option<Window>| {
        let mut builder = Builder::new(&[1, 2, 8, 8]);
        builder.conv(2, 4, groups, Window::new(&[3, 3]));
        pool.into_iter().for_each(|pool| builder.pool(pool));
        builder.architecture
    };
    vec![
        rows_mlp(9, &[15, 6], false),
        residual(),
        attention(),
        transformer(),
        conv(1, None),
        conv(2, None),
        conv(1, Some(halves())),
        conv(1, Some(Window::new(&[2, 2]).with_strides(&[4, 4]))),
        conv(1, Some(Window::new(&[3, 3]))),
    ]
}

#[test]
fn no_wrong_sum_gives_a_witness_of_the_whole_circuit() {
    for architecture in graphs_with_supplied_sums() {
        let circuit = ModelCircuit::build(&architecture, PRIVATE_WEIGHTS).unwrap();
        let case = Case::new(&architecture, PRIVATE_WEIGHTS, 5);
        let honest = circuit.assign(&case.job()).unwrap();
        let accepts = |changed: Option<(Target, i64)>| {
            let mut witness = PartialWitness::new();
            for (&target, &value) in &honest.target_values {
                let delta = changed.filter(|(bent, _)| *bent == target);
                let delta = signed(delta.map_or(0, |(_, delta)| delta));
                witness.set_target(target, value + delta).unwrap();
            }
            let data = &circuit.data;
            generate_partial_witness(witness, &data.prover_only, &data.common).is_ok_and(|filled| {
                let public = data.prover_only.public_inputs.iter();
                let public = public
                    .map(|&word| filled.get_target(word))
                    .collect::<Vec<_>>();
                Rows::of(data).check(&Grid::of(&filled), &public).is_ok()
            })
        };
        assert!(accepts(None));
        let supplied = circuit.supplied();
        assert!(!supplied.is_empty(), "{architecture:?}");
        // Challenges follow the changed sum here, and the check fails at them.
        for sum in supplied.into_iter().step_by(5) {
            assert!(!accepts(Some((sum, 1))));
            assert!(!accepts(Some((sum, -3))));
        }
    }
}

/// The circuit of a graph up to the challenges, without the checks.
#[test]
fn every_supplied_sum_changes_the_challenges() {
    for architecture in graphs_with_supplied_sums() {
        if architecture == transformer() {
            // A softmax refuses lanes that are not its own before any challenge: the test below is for it.
            continue;
        }
        let mut layout = Layout::new(CircuitBuilder::new(model_config()));
        let input = layout.builder.add_virtual_targets(architecture.inputs());
        let lanes = Value::Lanes(input.iter().copied().map(LaneTarget::checked).collect());
        let nodes = 0..architecture.nodes.len();
        let data = nodes.map(|index| Committed::new(&mut layout, &architecture.sections_of(index)));
        let data = data.collect::<Vec<_>>();
        let mut checks = Checks::default();
        run_all(&mut layout, &mut checks, &architecture, &data, lanes);
        let sums = checks
            .products
            .iter()
            .flat_map(|product| product.sums.concat());
        let lookups = checks.lookups.iter();
        let lookups = lookups.flat_map(|lookup| [&lookup.values[..], &lookup.counts].concat());
        let sums = sums.chain(lookups).collect::<Vec<_>>();
        let digest = layout.builder.constant_hash(HashOut::ZERO);
        let challenges = checks.transcript.squeeze(&mut layout, digest, digest);
        let words = [challenges.positions.0, challenges.outputs.0].concat();
        layout.finish();
        let circuit = layout.into_parts().0.build::<C>();

        let case = Case::new(&architecture, ALL_PUBLIC, 6);
        let squeeze = |bent: usize| {
            let mut witness = PartialWitness::new();
            let value = |i: usize| 10 * (i as i64 % 7);
            for (&target, &lane) in input.iter().zip(&case.input) {
                witness.set_target(target, signed(lane.into())).unwrap();
            }
            for (targets, data) in data.iter().zip(case.model.data()) {
                targets.assign(data, &mut witness).unwrap();
            }
            for (i, &sum) in sums.iter().enumerate() {
                let value = value(i) - i64::from(i == bent);
                witness.set_target(sum, signed(value)).unwrap();
            }
            let filled =
                generate_partial_witness(witness, &circuit.prover_only, &circuit.common).unwrap();
            words
                .iter()
                .map(|&word| filled.get_target(word))
                .collect::<Vec<_>>()
        };
        let honest = squeeze(usize::MAX);
        for bent in 0..sums.len() {
            let bent = squeeze(bent);
            assert!(
                bent.iter()
                    .zip(&honest)
                    .all(|(bent, honest)| bent != honest)
            );
        }
    }
}

#[test]
fn every_exponential_and_largest_lane_is_an_element_of_the_transcript() {
    let architecture = transformer();
    let mut layout = Layout::new(CircuitBuilder::new(model_config()));
    let input = layout.builder.add_virtual_targets(architecture.inputs());
    let lanes = Value::Lanes(input.into_iter().map(LaneTarget::checked).collect());
    let nodes = 0..architecture.nodes.len();
    let data = nodes.map(|index| Committed::new(&mut layout, &architecture.sections_of(index)));
    let data = data.collect::<Vec<_>>();
    let mut checks = Checks::default();
    run_all(&mut layout, &mut checks, &architecture, &data, lanes);
    let elements = checks.transcript.elements();
    let maxima = checks.softmaxes.iter().flat_map(|rows| &rows.maxima);
    let lookups = checks.lookups.iter();
    let lookups = lookups.flat_map(|lookup| lookup.values.iter().chain(&lookup.counts));
    let supplied = maxima.chain(lookups).collect::<Vec<_>>();
    assert_eq!(supplied.len(), 10 + 57 + 2 * 256);
    assert!(supplied.into_iter().all(|hint| elements.contains(hint)));
}

#[test]
#[should_panic(expected = "does not bind every sum")]
fn unbound_sum_stops_the_build() {
    let mut layout = Layout::new(CircuitBuilder::new(model_config()));
    let sums = layout.builder.add_virtual_targets(3);
    let mut transcript = Transcript::default();
    transcript.supply(&sums);
    transcript.absorb(&sums[..2]);
    let digest = layout.builder.constant_hash(HashOut::ZERO);
    transcript.squeeze(&mut layout, digest, digest);
}

/// Rows of a convolution's sums at the challenge, for a kernel of so many taps each way.
fn rows_for_inputs(kernel: usize) -> usize {
    let mut builder = Builder::new(&[1, 4, 31 + kernel, 31 + kernel]);
    builder.conv(4, 4, 1, Window::new(&[kernel, kernel]));
    let circuit = ModelCircuit::build(&builder.architecture, PRIVATE_WEIGHTS).unwrap();
    circuit.cost().of(Purpose::Products)
}

#[test]
fn cost_of_a_convolutions_inputs_does_not_grow_with_the_kernels_area() {
    // 1, 9, 25 and 81 taps; of each 514 rows are the transcript's.
    assert_eq!([1, 3, 5, 9].map(rows_for_inputs), [641, 690, 742, 868]);
}
