//! A circuit under construction: places operations of custom gates and counts rows by purpose.

use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::target::Target;
use plonky2::plonk::circuit_builder::CircuitBuilder;

use crate::challenge::Ext;
use crate::cost::{Purpose, RowCount};
use crate::field::{D, F, signed};
use crate::gates::{Custom, Formula, InRange, Pack, Requantize};

/// A target that is range-checked to the lanes of its value, int8 or int16.
#[derive(Debug, Clone, Copy)]
pub struct LaneTarget(Target);

impl LaneTarget {
    /// Vouches for a target that a gate has range-checked.
    pub fn checked(target: Target) -> Self {
        Self(target)
    }

    /// Returns the target.
    pub fn target(self) -> Target {
        self.0
    }
}

/// Wraps Plonky2's builder.
pub struct Layout {
    /// The builder.
    pub builder: CircuitBuilder<F, D>,
    node: Option<usize>,
    rows: Vec<RowCount>,
    /// Operations that the rows opened so far have room for.
    vacancies: Vec<Vacancy>,
}

/// The free operations of the row that a gate with these constants has open.
struct Vacancy {
    gate: String,
    constants: Vec<F>,
    left: usize,
    /// Places one operation that does nothing.
    place_idle: Box<dyn Fn(&mut Layout)>,
}

impl Layout {
    pub fn new(builder: CircuitBuilder<F, D>) -> Self {
        Self {
            builder,
            node: None,
            rows: Vec::new(),
            vacancies: Vec::new(),
        }
    }

    /// Names the node that following rows belong to.
    pub fn set_node(&mut self, node: Option<usize>) {
        self.node = node;
    }

    /// Runs `build` and counts the rows it adds.
    pub fn count<T>(&mut self, purpose: Purpose, build: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.builder.num_gates();
        let built = build(self);
        self.add_rows(purpose, self.builder.num_gates() - before);
        built
    }

    fn add_rows(&mut self, purpose: Purpose, rows: usize) {
        let node = self.node;
        match self
            .rows
            .iter_mut()
            .find(|count| count.node == node && count.purpose == purpose)
        {
            Some(count) => count.rows += rows,
            None if rows > 0 => self.rows.push(RowCount {
                node,
                purpose,
                rows,
            }),
            None => {}
        }
    }

    /// Returns the builder and the counts.
    pub fn into_parts(self) -> (CircuitBuilder<F, D>, Vec<RowCount>) {
        (self.builder, self.rows)
    }

    /// Places one operation of a gate and returns its wires.
    pub fn place<T: Formula>(&mut self, gate: T, constants: &[F]) -> Operation<T> {
        self.take_vacancy(&gate, constants);
        let (row, op) = self
            .builder
            .find_slot(Custom(gate.clone()), constants, constants);
        Operation { gate, row, op }
    }

    fn take_vacancy<T: Formula>(&mut self, gate: &T, constants: &[F]) {
        let (id, ops) = (format!("{gate:?}"), gate.ops());
        let known = self
            .vacancies
            .iter_mut()
            .find(|open| open.gate == id && open.constants == constants);
        if let Some(open) = known {
            open.left = (open.left + ops - 1) % ops;
            return;
        }
        let (gate, owned) = (gate.clone(), constants.to_vec());
        let place_idle = Box::new(move |layout: &mut Layout| {
            let operation = layout.place(gate.clone(), &owned);
            let idle = layout.builder.constant(gate.idle());
            for wire in gate.inputs() {
                layout.builder.connect(operation.wire(wire), idle);
            }
        });
        self.vacancies.push(Vacancy {
            gate: id,
            constants: constants.to_vec(),
            left: ops - 1,
            place_idle,
        });
    }

    /// Fills the room left in rows: wires that are all zero need not satisfy a gate.
    pub fn finish(&mut self) {
        for i in 0..self.vacancies.len() {
            while self.vacancies[i].left > 0 {
                let place_idle =
                    std::mem::replace(&mut self.vacancies[i].place_idle, Box::new(|_| {}));
                place_idle(self);
                self.vacancies[i].place_idle = place_idle;
            }
        }
    }

    /// Range-checks and packs values, all elements full but the last; beyond the last value lanes are zero
    /// bits.
    pub fn pack(&mut self, gate: Pack, values: &[Target]) -> Vec<Target> {
        values
            .chunks(gate.lanes())
            .map(|chunk| self.pack_element(gate, chunk))
            .collect()
    }

    fn pack_element(&mut self, gate: Pack, values: &[Target]) -> Target {
        let operation = self.place(gate, &[]);
        let absent = self.builder.constant(gate.idle());
        for lane in 0..gate.lanes() {
            let value = values.get(lane).copied().unwrap_or(absent);
            self.builder
                .connect(operation.wire(Pack::lane_wire(lane)), value);
        }
        operation.wire(Pack::PACKED)
    }

    /// Checks that values are in a range.
    pub fn check_range(&mut self, gate: InRange, range: [i64; 2], values: &[Target]) {
        let constants = range.map(signed);
        for row in values.chunks(gate.values()) {
            let operation = self.place(gate, &constants);
            for wire in 0..gate.values() {
                // Room that a last row has left takes one of its values again.
                let value = row.get(wire).unwrap_or(&row[0]);
                self.builder.connect(operation.wire(wire), *value);
            }
        }
    }

    /// Requantizes lanes with these operands, all with the same zero point and parameters; lanes that a last row
    /// has room for are zero.
    pub fn requantize(
        &mut self,
        gate: Requantize,
        zero_point: Target,
        parameters: &[Target],
        operands: &[Vec<Target>],
    ) -> Vec<LaneTarget> {
        let zero = self.builder.zero();
        let mut lanes = Vec::with_capacity(operands.len());
        for row in operands.chunks(gate.lanes()) {
            let operation = self.place(gate, &[]);
            let mut connect = |wire, target| self.builder.connect(operation.wire(wire), target);
            connect(Requantize::ZERO_POINT, zero_point);
            for (index, &parameter) in parameters.iter().enumerate() {
                connect(Requantize::parameter(index), parameter);
            }
            for lane in 0..gate.lanes() {
                for index in 0..gate.operands() {
                    let operand = row.get(lane).map_or(zero, |operands| operands[index]);
                    connect(gate.operand(lane, index), operand);
                }
            }
            let value = |lane| LaneTarget::checked(operation.wire(gate.value(lane)));
            lanes.extend((0..row.len()).map(value));
        }
        lanes
    }

    /// Hashes as a sponge without padding: callers bind the length themselves.
    pub fn hash(&mut self, purpose: Purpose, preimage: Vec<Target>) -> HashOutTarget {
        self.count(purpose, |layout| {
            layout
                .builder
                .hash_n_to_hash_no_pad::<PoseidonHash>(preimage)
        })
    }

    /// Connects two values of the challenge field.
    pub fn connect_pair(&mut self, left: Ext, right: Ext) {
        self.builder.connect_extension(left, right);
    }

    /// Returns the constant.
    pub fn constant(&mut self, word: u64) -> Target {
        self.builder.constant(F::from_canonical_u64(word))
    }
}

/// A placed operation.
pub struct Operation<T> {
    gate: T,
    row: usize,
    op: usize,
}

impl<T: Formula> Operation<T> {
    /// Returns a wire of the operation.
    pub fn wire(&self, wire: usize) -> Target {
        Target::wire(self.row, self.gate.column(self.op, wire))
    }

    /// Returns a value of the challenge field, of two wires.
    pub fn pair(&self, wire: usize) -> Ext {
        ExtensionTarget([self.wire(wire), self.wire(wire + 1)])
    }
}
