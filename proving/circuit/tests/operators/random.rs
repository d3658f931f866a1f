//! Random small graphs on the float reference, the evaluator and the witness: `PROPTEST_CASES` sets how many.
//!
//! # The stated error
//! Beside each value goes a bound M of its magnitude and a bound E of the difference between floats and integers. All
//! operators here are at most 1-Lipschitz in each input, or say their factor; rows of weights have absolute values that
//! sum to one. An operator passes on E and adds its own roundings: to lanes half a step; weights of at most w are rounded
//! by w/254, which K of them add up to K·w·M/254; fixed-point multipliers and biases are finer than a hundredth of that.
//!
//! Values that only move, and those that one operator reads together as they are, form a class of one step: at most 2M/255
//! of the largest M among them (a range within ±M over 256 lanes), or the step at which a multiplier that leads to one of
//! them is below one. So the steps are known only when the graph is, and a wide value can make an earlier one's wider.
//!
//! Where values take int16 lanes their steps are finer, and the same bound holds.

use assay_model::testing::onnx::{bytes, float, floats, int, int_list, ints, model, node, noise};
use assay_model::{
    Activations, FloatModel, FloatOutput, Output, QuantizeOptions, QuantizedModel, quantize,
    quantize_with,
};
use proptest::collection::vec;
use proptest::prelude::*;
use tract_onnx::pb::{ModelProto, NodeProto, TensorProto};

use super::is_witnessed;

/// Graphs that are tried when nothing says otherwise.
const CASES: u32 = 300;
/// Numbers that decide a graph.
const CHOICES: usize = 64;
/// Nodes of a graph, at most.
const MAX_NODES: usize = 6;
/// Elements of a value, at most.
const MAX_ELEMENTS: usize = 160;
/// Samples that a graph is calibrated on and run on.
const SAMPLES: usize = 6;
/// What the finer roundings add to the others.
const SLACK: f64 = 1.01;

/// A value of a graph.
#[derive(Debug, Clone)]
struct Value {
    name: String,
    shape: Vec<usize>,
    /// Bound of its magnitude.
    magnitude: f64,
    /// Its place among the values.
    id: usize,
}

/// A number of numbers of the inputs.
type Of = Box<dyn Fn(&[f64]) -> f64>;

/// How the error of a value follows from those of others.
struct Rule {
    inputs: Vec<usize>,
    /// The error, without the rounding to lanes.
    error: Of,
    /// The least half step for half steps of the inputs; none of a value in the class of its inputs, which is not rounded.
    least: Option<Of>,
}

/// A graph under construction.
struct Builder<'a> {
    choices: &'a [u32],
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    values: Vec<Value>,
    /// Of each value.
    rules: Vec<Rule>,
    /// Of each value, the lowest of its class.
    classes: Vec<usize>,
}

/// Returns a graph and the bound of its error.
fn graph(choices: &[u32]) -> (ModelProto, f64) {
    let mut builder = Builder {
        choices,
        nodes: Vec::new(),
        constants: Vec::new(),
        values: Vec::new(),
        rules: Vec::new(),
        classes: Vec::new(),
    };
    let shape = match builder.below(3) {
        0 => vec![1, 2 + builder.below(8)],
        1 => vec![1, 1 + builder.below(3), 3 + builder.below(5)],
        _ => vec![
            1,
            1 + builder.below(3),
            3 + builder.below(4),
            3 + builder.below(4),
        ],
    };
    builder.values.push(Value {
        name: "x".into(),
        shape: shape.clone(),
        magnitude: 1.0,
        id: 0,
    });
    builder.classes.push(0);
    builder.rules.push(Rule {
        inputs: Vec::new(),
        error: Box::new(|_| 0.0),
        least: Some(Box::new(|_| 0.0)),
    });
    for _ in 0..=builder.below(MAX_NODES) {
        builder.add();
    }
    // A graph that only moves elements may come to nothing: it ends in an operator that computes.
    let last = builder.values.last().expect("there is an input").clone();
    builder.unary("LeakyRelu", &last);
    // What the last value does not need is dropped by the importer.
    let last = builder.values.last().expect("there is an input").clone();
    builder.nodes.push(node("Identity", &[&last.name], "y"));
    let error = builder.errors()[last.id];
    let dims: Vec<i64> = shape.iter().map(|&size| size as i64).collect();
    let mut file = model(&dims, builder.nodes, builder.constants);
    file.opset_import[0].version = 17;
    (file, error)
}

impl Builder<'_> {
    fn below(&mut self, limit: usize) -> usize {
        let Some((&first, rest)) = self.choices.split_first() else {
            return 0;
        };
        self.choices = rest;
        first as usize % limit.max(1)
    }

    fn latest_or_any(&mut self) -> Value {
        let index = match self.below(3) {
            0 => self.below(self.values.len()),
            _ => self.values.len() - 1,
        };
        self.values[index].clone()
    }

    fn constant(&mut self, dims: &[usize], values: &[f32]) -> String {
        let name = format!("c{}", self.constants.len());
        let dims: Vec<i64> = dims.iter().map(|&size| size as i64).collect();
        self.constants.push(floats(&name, &dims, values));
        name
    }

    fn list(&mut self, values: &[i64]) -> String {
        let name = format!("c{}", self.constants.len());
        self.constants.push(ints(&name, values));
        name
    }

    /// Adds a node whose result has a step of its own, with the rule of its error.
    fn measured(
        &mut self,
        node: NodeProto,
        shape: Vec<usize>,
        magnitude: f64,
        inputs: &[&Value],
        [error, least]: [Of; 2],
    ) {
        self.classes.push(self.values.len());
        self.push(node, shape, magnitude, inputs, error, Some(least));
    }

    /// Adds a node whose result is elements of its inputs, in one class with them.
    fn joined(&mut self, node: NodeProto, shape: Vec<usize>, inputs: &[&Value]) {
        let joined: Vec<usize> = inputs.iter().map(|value| self.classes[value.id]).collect();
        let lowest = joined.iter().copied().min().expect("it reads something");
        let classes = self.classes.iter_mut();
        classes
            .filter(|class| joined.contains(class))
            .for_each(|class| *class = lowest);
        self.classes.push(lowest);
        let largest = |numbers: &[f64]| numbers.iter().fold(0.0, |a: f64, &b| a.max(b));
        let magnitudes: Vec<f64> = inputs.iter().map(|value| value.magnitude).collect();
        let magnitude = largest(&magnitudes);
        self.push(node, shape, magnitude, inputs, Box::new(largest), None);
    }

    fn push(
        &mut self,
        node: NodeProto,
        shape: Vec<usize>,
        magnitude: f64,
        inputs: &[&Value],
        error: Of,
        least: Option<Of>,
    ) {
        self.rules.push(Rule {
            inputs: inputs.iter().map(|value| value.id).collect(),
            error,
            least,
        });
        self.values.push(Value {
            name: node.output[0].clone(),
            shape,
            magnitude,
            id: self.values.len(),
        });
        self.nodes.push(node);
    }

    /// Returns half the step of each class, under its lowest value.
    fn half_steps(&self) -> Vec<f64> {
        let mut steps = vec![0.0_f64; self.values.len()];
        for (value, &class) in self.values.iter().zip(&self.classes) {
            steps[class] = steps[class].max(value.magnitude / 255.0);
        }
        // A graph that needs more rounds is one that is refused.
        for _ in 0..64 {
            for (rule, &class) in self.rules.iter().zip(&self.classes) {
                let inputs = rule.inputs.iter().map(|&id| steps[self.classes[id]]);
                let inputs: Vec<f64> = inputs.collect();
                let least = rule.least.as_ref().map_or(0.0, |least| least(&inputs));
                steps[class] = steps[class].max(least);
            }
        }
        steps
    }

    /// Returns the error of each value.
    fn errors(&self) -> Vec<f64> {
        let steps = self.half_steps();
        let mut errors: Vec<f64> = Vec::new();
        for (rule, &class) in self.rules.iter().zip(&self.classes) {
            let inputs: Vec<f64> = rule.inputs.iter().map(|&id| errors[id]).collect();
            let error = (rule.error)(&inputs);
            let rounding = rule.least.as_ref().map_or(0.0, |_| steps[class]);
            errors.push((error + rounding) * SLACK);
        }
        errors
    }

    fn output(&self) -> String {
        format!("v{}", self.nodes.len())
    }

    fn add(&mut self) {
        let x = self.latest_or_any();
        match self.below(14) {
            0 | 1 if x.shape.len() >= 3 => self.conv(&x),
            0..=2 => self.product(&x),
            3 => {
                let name = ["Relu", "Abs", "Neg", "LeakyRelu"][self.below(4)];
                self.unary(name, &x);
            }
            4 => {
                let name = ["Sigmoid", "Tanh", "Erf", "HardSigmoid"][self.below(4)];
                self.unary(name, &x);
            }
            5 | 6 => self.of_two(&x),
            7 if x.shape.len() >= 3 => self.pool(&x),
            8 => self.transpose(&x),
            9 => self.slice(&x),
            10 => self.concat(&x),
            11 => self.reduce(&x),
            12 if x.shape.len() == 3 => self.scores(&x),
            13 => self.softmax(&x),
            _ => self.unary("Relu", &x),
        }
    }

    fn unary(&mut self, name: &str, x: &Value) {
        let operator = node(name, &[&x.name], &self.output());
        let operator = match name {
            "LeakyRelu" => float(operator, "alpha", 0.25),
            _ => operator,
        };
        let (magnitude, factor) = match name {
            "Sigmoid" | "Tanh" | "HardSigmoid" => (1.0, 1.0),
            // Its slope is at most 2 / √π.
            "Erf" => (1.0, 1.13),
            _ => (x.magnitude, 1.0),
        };
        let rule: [Of; 2] = [Box::new(move |e| e[0] * factor), Box::new(|_| 0.0)];
        self.measured(operator, x.shape.clone(), magnitude, &[x], rule);
    }

    /// Returns rows whose absolute values sum to one, and the largest of the values.
    fn rows(&mut self, rows: usize, length: usize) -> (Vec<f32>, f64) {
        let seed = 1 + self.below(1 << 16) as u64;
        let mut values = noise(seed, rows * length);
        for row in values.chunks_mut(length) {
            let sum: f32 = row.iter().map(|value| value.abs()).sum();
            row.iter_mut().for_each(|value| *value /= sum.max(1e-3));
        }
        let largest = values
            .iter()
            .fold(0.0_f32, |most, value| most.max(value.abs()));
        (values, largest.into())
    }

    fn product_rule(x: &Value, length: usize, largest: f64) -> [Of; 2] {
        let (factor, magnitude) = (length as f64 * largest / 254.0, x.magnitude);
        [
            Box::new(move |e| e[0] + factor * (magnitude + e[0])),
            Box::new(|h| h[0] / 127.0),
        ]
    }

    fn product(&mut self, x: &Value) {
        let Some(&length) = x.shape.last() else {
            return;
        };
        let outputs = 1 + self.below(5);
        let (values, largest) = self.rows(outputs, length);
        // A matrix of [inputs, outputs].
        let turned: Vec<f32> = (0..length * outputs)
            .map(|index| values[index % outputs * length + index / outputs])
            .collect();
        let weights = self.constant(&[length, outputs], &turned);
        let mut shape = x.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = outputs;
        }
        let operator = node("MatMul", &[&x.name, &weights], &self.output());
        let rule = Self::product_rule(x, length, largest);
        self.measured(operator, shape, x.magnitude, &[x], rule);
    }

    fn conv(&mut self, x: &Value) {
        let (channels, sizes) = (x.shape[1], x.shape[2..].to_vec());
        let depthwise = self.below(3) == 0;
        let outputs = if depthwise {
            channels
        } else {
            1 + self.below(4)
        };
        let inputs = if depthwise { 1 } else { channels };
        let kernel: Vec<usize> = sizes
            .iter()
            .map(|&size| 1 + self.below(3.min(size)))
            .collect();
        let (stride, pad) = (1 + self.below(2), self.below(2));
        let length = inputs * kernel.iter().product::<usize>();
        let (values, largest) = self.rows(outputs, length);
        let weights = self.constant(&[&[outputs, inputs], &kernel[..]].concat(), &values);
        let operator = node("Conv", &[&x.name, &weights], &self.output());
        let operator = int_list(operator, "strides", &vec![stride as i64; sizes.len()]);
        let operator = int_list(operator, "pads", &vec![pad as i64; 2 * sizes.len()]);
        let operator = int(
            operator,
            "group",
            if depthwise { channels as i64 } else { 1 },
        );
        let spatial = (sizes.iter().zip(&kernel))
            .map(|(size, kernel)| (size + 2 * pad - kernel) / stride + 1);
        let shape: Vec<usize> = [1, outputs].into_iter().chain(spatial).collect();
        if shape.iter().product::<usize>() > MAX_ELEMENTS {
            return;
        }
        let rule = Self::product_rule(x, length, largest);
        self.measured(operator, shape, x.magnitude, &[x], rule);
    }

    fn pool(&mut self, x: &Value) {
        let sizes = x.shape[2..].to_vec();
        let name = ["MaxPool", "AveragePool"][self.below(2)];
        let kernel: Vec<usize> = sizes
            .iter()
            .map(|&size| 1 + self.below(3.min(size)))
            .collect();
        let dims: Vec<i64> = kernel.iter().map(|&size| size as i64).collect();
        let operator = int_list(
            node(name, &[&x.name], &self.output()),
            "kernel_shape",
            &dims,
        );
        let spatial = sizes
            .iter()
            .zip(&kernel)
            .map(|(size, kernel)| size - kernel + 1);
        let shape: Vec<usize> = [1, x.shape[1]].into_iter().chain(spatial).collect();
        self.moved_or_mean(operator, shape, x, name == "AveragePool");
    }

    fn moved_or_mean(&mut self, node: NodeProto, shape: Vec<usize>, x: &Value, mean: bool) {
        if mean {
            let rule: [Of; 2] = [Box::new(|e| e[0]), Box::new(|h| h[0])];
            self.measured(node, shape, x.magnitude, &[x], rule);
        } else {
            self.joined(node, shape, &[x]);
        }
    }

    fn of_two(&mut self, x: &Value) {
        let same = |other: &&Value| other.shape == x.shape;
        let others: Vec<Value> = self.values.iter().filter(same).cloned().collect();
        let y = others[self.below(others.len())].clone();
        let name = ["Add", "Sub", "Mul", "Max", "Min"][self.below(5)];
        let operator = node(name, &[&x.name, &y.name], &self.output());
        let shape = x.shape.clone();
        let (of_x, of_y) = (x.magnitude, y.magnitude);
        match name {
            "Add" | "Sub" => {
                let rule: [Of; 2] = [Box::new(|e| e[0] + e[1]), Box::new(|h| h[0].max(h[1]))];
                self.measured(operator, shape, of_x + of_y, &[x, &y], rule);
            }
            "Mul" => {
                let rule: [Of; 2] = [
                    Box::new(move |e| e[0] * (of_y + e[1]) + e[1] * of_x),
                    Box::new(|h| 2.0 * h[0] * h[1]),
                ];
                self.measured(operator, shape, of_x * of_y, &[x, &y], rule);
            }
            _ => self.joined(operator, shape, &[x, &y]),
        }
    }

    fn transpose(&mut self, x: &Value) {
        let mut order: Vec<usize> = (1..x.shape.len()).collect();
        let turn = self.below(order.len());
        order.rotate_left(turn);
        order.insert(0, 0);
        let dims: Vec<i64> = order.iter().map(|&axis| axis as i64).collect();
        let operator = int_list(node("Transpose", &[&x.name], &self.output()), "perm", &dims);
        let shape = order.iter().map(|&axis| x.shape[axis]).collect();
        self.joined(operator, shape, &[x]);
    }

    fn slice(&mut self, x: &Value) {
        let axis = 1 + self.below(x.shape.len() - 1);
        let start = self.below(x.shape[axis]);
        let end = start + 1 + self.below(x.shape[axis] - start);
        let lists = [start, end, axis].map(|number| self.list(&[number as i64]));
        let inputs = [&x.name, &lists[0], &lists[1], &lists[2]].map(String::as_str);
        let operator = node("Slice", &inputs, &self.output());
        let mut shape = x.shape.clone();
        shape[axis] = end - start;
        self.joined(operator, shape, &[x]);
    }

    fn concat(&mut self, x: &Value) {
        let fits =
            |other: &&Value| other.shape.len() == x.shape.len() && other.shape[2..] == x.shape[2..];
        let others: Vec<Value> = self.values.iter().filter(fits).cloned().collect();
        let y = others[self.below(others.len())].clone();
        let operator = int(
            node("Concat", &[&x.name, &y.name], &self.output()),
            "axis",
            1,
        );
        let mut shape = x.shape.clone();
        shape[1] += y.shape[1];
        if shape.iter().product::<usize>() > MAX_ELEMENTS {
            return;
        }
        self.joined(operator, shape, &[x, &y]);
    }

    fn reduce(&mut self, x: &Value) {
        let axis = 1 + self.below(x.shape.len() - 1);
        let name = ["ReduceMean", "ReduceMax", "ReduceMin"][self.below(3)];
        let operator = int_list(
            node(name, &[&x.name], &self.output()),
            "axes",
            &[axis as i64],
        );
        let operator = int(operator, "keepdims", 1);
        let mut shape = x.shape.clone();
        shape[axis] = 1;
        self.moved_or_mean(operator, shape, x, name == "ReduceMean");
    }

    /// Every row with every row: a product of two values.
    fn scores(&mut self, x: &Value) {
        let (rows, inner) = (x.shape[1], x.shape[2]);
        let turned = int_list(
            node("Transpose", &[&x.name], &self.output()),
            "perm",
            &[0, 2, 1],
        );
        self.joined(turned, vec![1, inner, rows], &[x]);
        let other = self.values.last().expect("just added").name.clone();
        let operator = node("MatMul", &[&x.name, &other], &self.output());
        let (length, of_x) = (inner as f64, x.magnitude);
        let magnitude = length * of_x * of_x;
        let rule: [Of; 2] = [
            Box::new(move |e| length * e[0] * (2.0 * of_x + e[0])),
            Box::new(|h| 2.0 * h[0] * h[0]),
        ];
        self.measured(operator, vec![1, rows, rows], magnitude, &[x], rule);
    }

    fn softmax(&mut self, x: &Value) {
        let operator = int(node("Softmax", &[&x.name], &self.output()), "axis", -1);
        // Half of the largest difference of its inputs reaches a share. Its steps are 256ths; the table of exponentials
        // and the truncated reciprocal take another two.
        let rule: [Of; 2] = [Box::new(|e| e[0] + 2.0 / 256.0), Box::new(|_| 0.0)];
        self.measured(operator, x.shape.clone(), 1.0, &[x], rule);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(CASES)))]

    #[test]
    fn random_graphs_agree_on_all_runtimes(choices in vec(any::<u32>(), CHOICES)) {
        let (file, bound) = graph(&choices);
        let floats = FloatModel::load(&bytes(&file)).unwrap();
        let inputs = floats.graph().inputs();
        let samples: Vec<Vec<f32>> = noise(7, SAMPLES * inputs).chunks(inputs).map(<[f32]>::to_vec).collect();
        let narrow = match quantize(&floats, &samples) {
            Ok(model) => model,
            // Shares have a scale of their own: what is read together with them may have none.
            Err(error) => {
                prop_assert!(error.to_string().contains("read together with"), "{error}");
                return Err(TestCaseError::reject("values without a common scale"));
            }
        };
        agrees(&floats, &narrow, &samples, bound)?;
        let options = QuantizeOptions {
            activations: Activations::Int16,
            ..QuantizeOptions::default()
        };
        let wide = quantize_with(&floats, &samples, options).unwrap();
        if wide.architecture() != narrow.architecture() {
            agrees(&floats, &wide, &samples, bound)?;
        }
    }
}

/// Checks that evaluator and floats differ by no more than the bound, and that the witness is the evaluator's.
fn agrees(
    floats: &FloatModel,
    integers: &QuantizedModel,
    samples: &[Vec<f32>],
    bound: f64,
) -> Result<(), TestCaseError> {
    for sample in samples {
        let (FloatOutput::Values(expected), Output::Lanes(lanes)) = (
            floats.run(sample).unwrap(),
            integers.evaluate(&integers.input_lanes(sample)).unwrap(),
        ) else {
            panic!("no class here")
        };
        for (expected, lane) in expected.into_iter().zip(lanes) {
            let off = (integers.scales().output.dequantize(lane) - f64::from(expected)).abs();
            prop_assert!(off <= bound, "off by {off}, stated {bound}: {floats:?}");
        }
    }
    is_witnessed(integers, &samples[..1]);
    Ok(())
}
