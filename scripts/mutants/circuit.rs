// What mutants of assay-circuit call. `scripts/mutants.js` adds it to the copy that it breaks.

use plonky2::iop::generator::{GeneratedValues, SimpleGenerator};
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartitionWitness, Witness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CommonCircuitData;
use plonky2::util::serialization::{Buffer, IoError, IoResult};

use crate::field::{D, F};

/// Gives a target the value of another one, as a connection does, and constrains nothing: honest witnesses stay what
/// they are, and a prover that fills them otherwise is not held to it.
pub(crate) fn fill(builder: &mut CircuitBuilder<F, D>, target: Target, source: Target) {
    builder.add_simple_generator(Fill { target, source });
}

/// Returns a target of its own with the value of another one.
pub(crate) fn twin(builder: &mut CircuitBuilder<F, D>, source: Target) -> Target {
    let target = builder.add_virtual_target();
    fill(builder, target, source);
    target
}

#[derive(Debug, Clone)]
struct Fill {
    target: Target,
    source: Target,
}

impl SimpleGenerator<F, D> for Fill {
    fn id(&self) -> String {
        "Fill".to_owned()
    }

    fn dependencies(&self) -> Vec<Target> {
        vec![self.source]
    }

    fn run_once(
        &self,
        witness: &PartitionWitness<F>,
        out: &mut GeneratedValues<F>,
    ) -> anyhow::Result<()> {
        out.set_target(self.target, witness.get_target(self.source))
    }

    fn serialize(&self, _dst: &mut Vec<u8>, _common: &CommonCircuitData<F, D>) -> IoResult<()> {
        Err(IoError)
    }

    fn deserialize(_src: &mut Buffer, _common: &CommonCircuitData<F, D>) -> IoResult<Self> {
        Err(IoError)
    }
}
