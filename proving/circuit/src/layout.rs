//! A circuit under construction: places operations of custom gates and counts rows by purpose.
//!
//! A layout that has more than [`MAX_ROWS`] rows is full, and starts over with an empty builder: what follows is thrown
//! away, so that memory stays bounded while the operator at hand comes to its end. Whoever lays out asks
//! [`Layout::check_room`] between operators.

use std::collections::HashSet;

use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::target::Target;
use plonky2::plonk::circuit_builder::CircuitBuilder;

use crate::CircuitError;
use crate::challenge::Ext;
use crate::circuit::{MAX_LOG_ROWS, builder};
use crate::cost::{Purpose, RowCount};
use crate::field::{D, F, signed};
use crate::gates::{Custom, Formula, InRange, Pack, Requantize, Unfilled};

/// The most rows of a circuit.
const MAX_ROWS: usize = 1 << MAX_LOG_ROWS;

/// Rows that the public inputs take when the circuit is built: three permutations over 20 words, and their own.
const PUBLIC_INPUT_ROWS: usize = 4;

/// Constants of a row.
const CONSTANTS_PER_ROW: usize = 2;

/// Constants that gates and operators bring along, at most: few, and the same whatever the sizes are.
const OTHER_CONSTANTS: usize = 64;

/// The most kinds of gates. Each costs every row above it: its constraints are computed in the next circuit, and it takes
/// its share of the columns that say which gate a row has. The largest example has fewer than half as many.
pub const MAX_GATE_KINDS: usize = 64;

/// Elements that a row of a hash absorbs.
pub const HASH_RATE: usize = 8;

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
    /// Constants, which take rows when the circuit is built.
    constants: HashSet<F>,
    /// The kinds of custom gates.
    kinds: HashSet<String>,
    is_full: bool,
    /// The node at which it became full.
    full_at: Option<usize>,
    /// Whether gates fill their wires.
    is_filled: bool,
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
            constants: HashSet::new(),
            kinds: HashSet::new(),
            is_full: false,
            full_at: None,
            is_filled: true,
        }
    }

    /// Returns the layout of a circuit that nobody will prove: its gates fill no wires.
    #[must_use]
    pub fn unfilled(self) -> Self {
        Self {
            is_filled: false,
            ..self
        }
    }

    /// Refuses a layout that has more rows than a circuit may have, those included that building it adds, or more kinds of
    /// gates.
    pub fn check_room(&self) -> Result<(), CircuitError> {
        if self.kinds.len() > MAX_GATE_KINDS {
            return Err(CircuitError::TooManyGates {
                limit: MAX_GATE_KINDS,
                node: self.node,
            });
        }
        let constants = self.constants.len() + OTHER_CONSTANTS;
        let added = PUBLIC_INPUT_ROWS + constants.div_ceil(CONSTANTS_PER_ROW);
        if self.is_full || self.builder.num_gates() + added > MAX_ROWS {
            return Err(CircuitError::TooLarge {
                limit: MAX_LOG_ROWS,
                node: if self.is_full {
                    self.full_at
                } else {
                    self.node
                },
            });
        }
        Ok(())
    }

    /// Starts over if so many rows more are too many.
    pub fn make_room(&mut self, rows: usize) {
        if self.builder.num_gates() + rows > MAX_ROWS {
            if !self.is_full {
                self.full_at = self.node;
            }
            self.is_full = true;
            self.builder = builder();
            self.vacancies.clear();
            self.constants.clear();
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
        // There are fewer than before where the layout started over.
        let added = self.builder.num_gates().saturating_sub(before);
        self.add_rows(purpose, added);
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
        self.make_room(0);
        self.take_vacancy(&gate, constants);
        let custom = Custom(gate.clone());
        let (row, op) = if self.is_filled {
            self.builder.find_slot(custom, constants, constants)
        } else {
            let unfilled = Unfilled(custom);
            self.builder.find_slot(unfilled, constants, constants)
        };
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
        self.kinds.insert(id.clone());
        self.vacancies.push(Vacancy {
            gate: id,
            constants: constants.to_vec(),
            left: ops - 1,
            place_idle,
        });
    }

    /// Fills the room left in rows: wires that are all zero need not satisfy a gate.
    ///
    /// A full layout stays as it is.
    pub fn finish(&mut self) {
        if self.check_room().is_err() {
            return;
        }
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
    ///
    /// A layout that has no room for it is full, and hashes nothing.
    pub fn hash(&mut self, purpose: Purpose, mut preimage: Vec<Target>) -> HashOutTarget {
        self.make_room(preimage.len().div_ceil(HASH_RATE));
        if self.is_full {
            preimage.clear();
        }
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
        self.constant_of(F::from_canonical_u64(word))
    }

    /// Returns the constant.
    pub fn constant_of(&mut self, value: F) -> Target {
        self.constants.insert(value);
        self.builder.constant(value)
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
