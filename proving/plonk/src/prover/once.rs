//! A prover that is made when it is needed.

use std::sync::OnceLock;

use anyhow::Result;
use plonky2::plonk::circuit_data::CircuitData;
use plonky2::plonk::config::GenericConfig;

use super::Prover;
use crate::field::{D, F};
use crate::gates::GatePrograms;
use crate::tree::TreeHasher;

/// A [`Prover`] that is made when its circuit's first proof is: many circuits are built only to verify.
#[derive(Debug)]
pub struct OnceProver<C: GenericConfig<D, F = F>>(OnceLock<Prover<C>>);

impl<C: GenericConfig<D, F = F>> Default for OnceProver<C> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<C> OnceProver<C>
where
    C: GenericConfig<D, F = F>,
    C::Hasher: TreeHasher,
{
    /// Returns the prover, made by [`Prover::new`] at the first call.
    pub fn get(&self, data: &CircuitData<F, C, D>, gates: &dyn GatePrograms) -> Result<&Prover<C>> {
        match self.0.get() {
            Some(prover) => Ok(prover),
            None => {
                let prover = Prover::new(data, gates)?;
                Ok(self.0.get_or_init(|| prover))
            }
        }
    }
}
