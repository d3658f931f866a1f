//! Any function of one lane, as a table.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, single};
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// Entries of a table: one for each lane, -128 first.
pub const ENTRIES: usize = 256;

/// Each lane `x` becomes entry `x + 128` of 256 committed lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {}

impl Operator for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        Ok(single(inputs)?.clone())
    }

    fn sections(&self, node: usize, _: Lanes) -> Vec<SectionSpec> {
        vec![SectionSpec::int8(node, Part::Table, ENTRIES)]
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let table = data.part(Part::Table);
        // Lanes are -128 to 127.
        let entry = |&lane: &i32| table[lane.wrapping_add(128).cast_unsigned() as usize];
        NodeTrace::of(inputs[0].lanes.iter().map(entry).collect())
    }
}
