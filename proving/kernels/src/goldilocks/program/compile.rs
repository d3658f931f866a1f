//! From recorded formulas to instructions.

use std::collections::HashMap;

use super::builder::{Node, Value};
use super::form::{Coefficient, Form, Sum};
use super::instruction::{Instruction, Register, SumPlan};
use super::{Program, registers};

/// Compiles the nodes that the outputs depend on; operands come before what uses them.
pub(super) fn compile(nodes: &[Node], outputs: &[Value]) -> Program {
    let mut emitter = Emitter {
        nodes,
        registers: vec![None; nodes.len()],
        next_register: 0,
        coefficients: Vec::new(),
        known: HashMap::new(),
        program: Program::default(),
    };
    let forms = forms(nodes, outputs);
    for index in order(&forms, outputs) {
        if let Some(form) = &forms[index] {
            let register = emitter.form(form);
            emitter.registers[index] = Some(register);
        }
    }
    for (index, value) in outputs.iter().enumerate() {
        let from = emitter.value(*value);
        emitter.program.instructions.push(Instruction::Output {
            index: index as u32,
            from,
        });
    }
    let mut program = emitter.program;
    program.coefficients = emitter.coefficients;
    program.outputs = outputs.len();
    program.registers = registers::allocate(&mut program);
    program
}

/// Counts how often each node is an operand of what the outputs depend on, or an output.
fn uses(nodes: &[Node], outputs: &[Value]) -> Vec<u32> {
    let mut uses = vec![0_u32; nodes.len()];
    for output in outputs {
        uses[output.0 as usize] += 1;
    }
    for (index, node) in nodes.iter().enumerate().rev() {
        if uses[index] == 0 {
            continue;
        }
        if let Node::Add(a, b) | Node::Sub(a, b) | Node::Mul(a, b) = node {
            uses[a.0 as usize] += 1;
            uses[b.0 as usize] += 1;
        }
    }
    uses
}

/// Returns the form of each node whose value is computed: outputs and the operands of computed forms.
fn forms(nodes: &[Node], outputs: &[Value]) -> Vec<Option<Form>> {
    let uses = uses(nodes, outputs);
    let mut is_wanted = vec![false; nodes.len()];
    for output in outputs {
        is_wanted[output.0 as usize] = true;
    }
    let mut forms = vec![None; nodes.len()];
    for index in (0..nodes.len()).rev() {
        if is_wanted[index] && matches!(nodes[index], Node::Add(..) | Node::Sub(..) | Node::Mul(..))
        {
            let form = Form::of(nodes, &uses, Value(index as u32));
            for value in form.operands() {
                is_wanted[value.0 as usize] = true;
            }
            forms[index] = Some(form);
        }
    }
    forms
}

/// Returns the computed nodes such that operands come before what uses them, and shortly before it: depth first from
/// the outputs. Fewer values wait for their users than in the order of recording.
fn order(forms: &[Option<Form>], outputs: &[Value]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut is_entered = vec![false; forms.len()];
    for output in outputs {
        // A node and whether its operands have been gone through.
        let mut rest = vec![(output.0 as usize, false)];
        while let Some((index, is_ready)) = rest.pop() {
            let Some(form) = &forms[index] else {
                continue;
            };
            if is_ready {
                order.push(index);
            } else if !std::mem::replace(&mut is_entered[index], true) {
                rest.push((index, true));
                rest.extend(form.operands().map(|value| (value.0 as usize, false)));
            }
        }
    }
    order
}

/// Writes instructions whose registers are not shared yet: each is written once.
struct Emitter<'a> {
    nodes: &'a [Node],
    registers: Vec<Option<Register>>,
    next_register: Register,
    coefficients: Vec<Coefficient>,
    known: HashMap<Coefficient, u32>,
    program: Program,
}

impl Emitter<'_> {
    /// Returns the register of a value; inputs and the like are brought in by their first user.
    fn value(&mut self, value: Value) -> Register {
        if let Some(register) = self.registers[value.0 as usize] {
            return register;
        }
        let to = self.register();
        let instruction = match self.nodes[value.0 as usize] {
            Node::Input(slot) => {
                self.program.inputs = self.program.inputs.max(slot as usize + 1);
                Instruction::Load { to, slot }
            }
            Node::Parameter(index) => Instruction::Splat {
                to,
                coefficient: self.coefficient(Coefficient::Parameter(index)),
            },
            Node::Constant(word) => Instruction::Splat {
                to,
                coefficient: self.coefficient(Coefficient::Constant(word)),
            },
            Node::Add(..) | Node::Sub(..) | Node::Mul(..) => {
                unreachable!("a computed value's operands are computed before it")
            }
        };
        self.program.instructions.push(instruction);
        self.registers[value.0 as usize] = Some(to);
        to
    }

    fn form(&mut self, form: &Form) -> Register {
        let (plus, minus) = form.halves();
        if minus.is_zero() {
            return self.sum(&plus);
        }
        let a = self.sum(&plus);
        let b = self.sum(&minus);
        let to = self.register();
        self.program
            .instructions
            .push(Instruction::Sub { to, a, b });
        to
    }

    fn sum(&mut self, sum: &Sum) -> Register {
        let instruction = match (sum.ones.as_slice(), sum.products.as_slice(), sum.constant) {
            ([a], _, 0) if sum.terms() == 1 => return self.value(*a),
            ([a], _, word) if sum.terms() == 1 => {
                let a = self.value(*a);
                let coefficient = self.coefficient(Coefficient::Constant(word));
                let to = self.register();
                Instruction::AddCoefficient { to, a, coefficient }
            }
            ([a, b], _, 0) if sum.terms() == 2 => {
                let (a, b) = (self.value(*a), self.value(*b));
                let to = self.register();
                Instruction::Add { to, a, b }
            }
            (_, [(a, b)], 0) if sum.terms() == 1 && a == b => {
                let a = self.value(*a);
                let to = self.register();
                Instruction::Square { to, a }
            }
            (_, [(a, b)], 0) if sum.terms() == 1 => {
                let (a, b) = (self.value(*a), self.value(*b));
                let to = self.register();
                Instruction::Mul { to, a, b }
            }
            _ if sum.terms() == 0 => {
                let coefficient = self.coefficient(Coefficient::Constant(sum.constant));
                let to = self.register();
                Instruction::Splat { to, coefficient }
            }
            _ => self.long_sum(sum),
        };
        let to = instruction
            .writes()
            .expect("a sum is written to a register");
        self.program.instructions.push(instruction);
        to
    }

    fn long_sum(&mut self, sum: &Sum) -> Instruction {
        let constant = self.coefficient(Coefficient::Constant(sum.constant));
        let mut terms = Vec::with_capacity(sum.terms());
        for value in &sum.ones {
            terms.push((self.value(*value), 0));
        }
        for (value, word) in &sum.small {
            terms.push((
                self.value(*value),
                self.coefficient(Coefficient::Constant(*word)),
            ));
        }
        for (value, coefficient) in &sum.wide {
            terms.push((self.value(*value), self.coefficient(*coefficient)));
        }
        for (a, b) in &sum.products {
            terms.push((self.value(*a), self.value(*b)));
        }
        let start = self.program.terms.len();
        self.program.terms.extend(terms);
        let small = start + sum.ones.len();
        let wide = small + sum.small.len();
        let products = wide + sum.wide.len();
        self.program.sums.push(SumPlan {
            constant,
            start,
            small,
            wide,
            products,
            end: products + sum.products.len(),
        });
        Instruction::Sum {
            to: self.register(),
            sum: self.program.sums.len() as u32 - 1,
        }
    }

    fn register(&mut self) -> Register {
        self.next_register += 1;
        self.next_register - 1
    }

    fn coefficient(&mut self, coefficient: Coefficient) -> u32 {
        if let Coefficient::Parameter(index) = coefficient {
            self.program.parameters = self.program.parameters.max(index as usize + 1);
        }
        *self.known.entry(coefficient).or_insert_with(|| {
            self.coefficients.push(coefficient);
            self.coefficients.len() as u32 - 1
        })
    }
}
