//! Decoder transformers: their size, and a proof of a small one.

use assay_model::quant::ops::{
    Add, ArgMax, Dense, LayerNorm, Matmul, Parameter, Reshape, Runs, Slice, Softmax, Transpose,
};
use assay_model::{Architecture, OpSpec, TensorSpec, ValueId};
use plonky2::plonk::circuit_builder::CircuitBuilder;

use super::circuit::holds;
use super::models::*;
use crate::cost::Purpose;
use crate::layout::Layout;
use crate::statement::lay_out;
use crate::{ModelCircuit, model_config};

/// A decoder behind its embedding, normalized before each part: from lanes of all positions to the likeliest symbol.
#[derive(Clone, Copy)]
struct Decoder {
    positions: usize,
    width: usize,
    heads: usize,
    hidden: usize,
    layers: usize,
    symbols: usize,
}

/// The one of the examples.
const EXAMPLE: Decoder = Decoder {
    positions: 64,
    width: 64,
    heads: 4,
    hidden: 256,
    layers: 4,
    symbols: 65,
};

const SMALL: Decoder = Decoder {
    positions: 5,
    width: 6,
    heads: 2,
    hidden: 9,
    layers: 2,
    symbols: 4,
};

impl Decoder {
    fn architecture(&self) -> Architecture {
        let shape = vec![1, self.positions, self.width];
        let mut all = Architecture::new(TensorSpec::int8(&shape));
        let places = push(&mut all, OpSpec::Parameter(Parameter { shape }), &[]);
        let mut stream = push(&mut all, add(), &[0, places]);
        for _ in 0..self.layers {
            let normal = self.norm(&mut all, stream);
            let mixed = self.attention(&mut all, normal);
            stream = push(&mut all, add(), &[stream, mixed]);
            let normal = self.norm(&mut all, stream);
            let hidden = push(&mut all, dense(self.width, self.hidden, true), &[normal]);
            let narrow = push(&mut all, dense(self.hidden, self.width, false), &[hidden]);
            stream = push(&mut all, add(), &[stream, narrow]);
        }
        let last = OpSpec::Slice(Slice {
            starts: vec![0, self.positions - 1, 0],
            sizes: vec![1, 1, self.width],
            steps: vec![1; 3],
        });
        let last = push(&mut all, last, &[stream]);
        let normal = self.norm(&mut all, last);
        let logits = push(&mut all, dense(self.width, self.symbols, false), &[normal]);
        push(&mut all, OpSpec::ArgMax(ArgMax {}), &[logits]);
        all
    }

    fn norm(&self, all: &mut Architecture, id: ValueId) -> ValueId {
        push(
            all,
            OpSpec::LayerNorm(LayerNorm { width: self.width }),
            &[id],
        )
    }

    /// Every position mixes the values of those up to it.
    fn attention(&self, all: &mut Architecture, id: ValueId) -> ValueId {
        let Self {
            positions,
            width,
            heads,
            ..
        } = *self;
        let inner = width / heads;
        let mut head = |permutation: [usize; 4]| {
            let part = push(all, dense(width, width, false), &[id]);
            let shape = vec![1, positions, heads, inner];
            let split = push(all, OpSpec::Reshape(Reshape { shape }), &[part]);
            let permutation = permutation.to_vec();
            push(all, OpSpec::Transpose(Transpose { permutation }), &[split])
        };
        let [queries, keys, values] = [[0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]].map(&mut head);
        let scores = OpSpec::Matmul(Matmul { inner });
        let scores = push(all, scores, &[queries, keys]);
        let runs: Runs = (0..positions).map(|position| [0, position + 1]).collect();
        let shares = push(all, OpSpec::Softmax(Softmax { runs }), &[scores]);
        let mixed = OpSpec::Matmul(Matmul { inner: positions });
        let mixed = push(all, mixed, &[shares, values]);
        let permutation = vec![0, 2, 1, 3];
        let joined = push(all, OpSpec::Transpose(Transpose { permutation }), &[mixed]);
        let shape = vec![1, positions, width];
        let joined = push(all, OpSpec::Reshape(Reshape { shape }), &[joined]);
        push(all, dense(width, width, false), &[joined])
    }
}

fn push(architecture: &mut Architecture, op: OpSpec, inputs: &[ValueId]) -> ValueId {
    architecture.push(op, inputs).unwrap()
}

fn add() -> OpSpec {
    OpSpec::Add(Add {
        subtract: false,
        relu: false,
        wide: false,
    })
}

fn dense(inputs: usize, outputs: usize, relu: bool) -> OpSpec {
    OpSpec::Dense(Dense {
        inputs,
        outputs,
        relu,
    })
}

/// Rows before Plonky2 adds those of constants and public inputs: of a purpose, of an operator, all.
struct Rows {
    layout: Layout,
    architecture: Architecture,
}

impl Rows {
    fn of_architecture(architecture: Architecture) -> Self {
        let mut layout = Layout::new(CircuitBuilder::new(model_config()));
        lay_out(&mut layout, &architecture, PRIVATE_WEIGHTS).unwrap();
        Self {
            layout,
            architecture,
        }
    }

    fn all(&self) -> usize {
        self.layout.builder.num_gates()
    }

    fn by_purpose_and_operator(self) -> Vec<(Purpose, &'static str, usize)> {
        let mut all: Vec<(Purpose, &'static str, usize)> = Vec::new();
        for count in self.layout.into_parts().1 {
            let node = count.node.map(|node| &self.architecture.nodes[node]);
            let name = node.map_or("statement", |node| node.op.name());
            let same =
                |known: &&mut (Purpose, &str, usize)| (known.0, known.1) == (count.purpose, name);
            match all.iter_mut().find(same) {
                Some(known) => known.2 += count.rows,
                None => all.push((count.purpose, name, count.rows)),
            }
        }
        all.sort_unstable();
        all
    }
}

#[test]
fn decoder_has_the_pinned_size() {
    let rows = Rows::of_architecture(EXAMPLE.architecture());
    let all = rows.all();
    // Beside them the circuit has those of constants and public inputs, and in front of it its embedding.
    assert_eq!(all, 127_882);
    assert!(all + 600 < 1 << 17);
    let expected = [
        (Purpose::Pack, "add", 7),
        (Purpose::Pack, "dense", 1054),
        (Purpose::Pack, "layer_norm", 349),
        (Purpose::Pack, "matmul", 5),
        (Purpose::Pack, "parameter", 146),
        (Purpose::Pack, "softmax", 184),
        (Purpose::Pack, "statement", 147),
        (Purpose::Hashing, "statement", 4718),
        (Purpose::Weights, "dense", 7688),
        (Purpose::Products, "dense", 4659),
        (Purpose::Products, "matmul", 4175),
        (Purpose::Products, "statement", 30_018),
        (Purpose::Activations, "add", 9216),
        (Purpose::Activations, "arg_max", 6),
        (Purpose::Activations, "dense", 36_886),
        (Purpose::Activations, "layer_norm", 9234),
        (Purpose::Activations, "matmul", 12_416),
        (Purpose::Activations, "softmax", 5542),
        (Purpose::Tables, "softmax", 1432),
    ];
    assert_eq!(rows.by_purpose_and_operator(), expected);
}

/// Rows of activations and of tables of one operator over 64 rows of 64 lanes.
fn rows_of_one(op: OpSpec) -> [usize; 2] {
    let mut architecture = Architecture::new(TensorSpec::int8(&[1, 64, 64]));
    push(&mut architecture, op, &[0]);
    let rows = Rows::of_architecture(architecture).by_purpose_and_operator();
    [Purpose::Activations, Purpose::Tables].map(|purpose| {
        let of_purpose = rows.iter().filter(|count| count.0 == purpose);
        of_purpose.map(|count| count.2).sum()
    })
}

#[test]
fn softmax_and_layer_norm_have_the_pinned_cost() {
    // 0.28 rows a lane.
    let norm = OpSpec::LayerNorm(LayerNorm { width: 64 });
    assert_eq!(rows_of_one(norm), [64 * (16 + 1 + 1), 0]);
    // Of 2080 lanes that count; with an eighth of a row in the transcript 0.35 a lane.
    let runs = (0..64).map(|row| [0, row + 1]).collect();
    let causal = OpSpec::Softmax(Softmax { runs });
    assert_eq!(rows_of_one(causal), [325 + 22, 98]);
    // All lanes count: ten rows of gates for 64 of them.
    let full = OpSpec::Softmax(Softmax { runs: vec![] });
    assert_eq!(rows_of_one(full), [640 + 22, 182]);
}

#[test]
fn witness_of_a_decoder_is_the_evaluator() {
    let longer = Decoder {
        positions: 37,
        ..SMALL
    };
    for decoder in [SMALL, longer] {
        let architecture = decoder.architecture();
        let circuit = ModelCircuit::build(&architecture, ALL_PRIVATE).unwrap();
        for seed in 0..3 {
            holds(&circuit, &Case::new(&architecture, ALL_PRIVATE, seed));
        }
    }
}

#[test]
fn small_decoder_proves() {
    let architecture = SMALL.architecture();
    let circuit = ModelCircuit::build(&architecture, PRIVATE_WEIGHTS).unwrap();
    for seed in [1, 2] {
        let case = Case::new(&architecture, PRIVATE_WEIGHTS, seed);
        let proof = circuit.prove(&case.job()).unwrap();
        circuit.verify(proof).unwrap();
    }
}
