//! A committed row for each symbol of the input, without requantization.
//!
//! ```text
//! y[t][j] = T[x[t]][j]        0 <= x[t] < symbols
//! ```
//!
//! Committed lanes come out as they are: nothing is rounded. The table has a row for each symbol and no other, so looking
//! a symbol up in it checks the input's range too.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, single};
use crate::quant::limits::MAX_OUTPUTS;
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec};

/// Symbols are numbers of int8 lanes, from zero.
pub const MAX_SYMBOLS: usize = 128;

/// `[..]` of symbols to `[.., width]`: each becomes its row of the committed table. It reads the model's input, whose
/// lanes must be below `symbols`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// How many symbols there are.
    pub symbols: usize,
    /// Lanes of a row.
    pub width: usize,
}

impl Operator for Embedding {
    fn name(&self) -> &'static str {
        "embedding"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        if self.symbols == 0 || self.symbols > MAX_SYMBOLS {
            return Err(format!(
                "{} symbols, expected 1 to {MAX_SYMBOLS}",
                self.symbols
            ));
        }
        if self.width == 0 || self.width > MAX_OUTPUTS {
            return Err(format!(
                "rows of {}, expected 1 to {MAX_OUTPUTS}",
                self.width
            ));
        }
        let mut tensor = input.clone();
        tensor.shape.push(self.width);
        Ok(tensor)
    }

    fn sections(&self, node: usize, _: Lanes) -> Vec<SectionSpec> {
        let table = SectionSpec {
            row: self.width,
            ..SectionSpec::int8(node, Part::Values, self.weights())
        };
        vec![table]
    }

    fn weights(&self) -> usize {
        self.symbols.saturating_mul(self.width)
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let table = data.part(Part::Values);
        let row = |&symbol: &i32| {
            let symbol = usize::try_from(symbol).expect("symbols are checked before");
            &table[symbol * self.width..][..self.width]
        };
        NodeTrace::of(inputs[0].lanes.iter().flat_map(row).copied().collect())
    }
}
