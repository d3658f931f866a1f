//! The facade of the layers: shape a model's proof, then prove it in the fixed layer.

use std::fmt;
use std::time::{Duration, Instant};

use assay_statement::Digest;

use super::canonical::{self, circuit_id};
use super::heights;
use super::outer::OuterLayer;
use super::recurse::{Recursion, RecursionBuilder};
use super::{
    CommonData, D, F, InnerConfig, InnerProof, InnerVerifier, LayerError, OuterCircuit, OuterProof,
    params,
};
use plonky2::plonk::circuit_data::VerifierCircuitData;

/// Shrink steps tried before a circuit counts as too large. Each halves the rows of a very large circuit many times
/// over; a second one is needed beyond 2^20 rows or with big tables only.
const MAX_SHRINK_STEPS: usize = 3;

/// A layer of the wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// A shrink step, counted from zero.
    Shrink(usize),
    /// L1.
    Canonical,
    /// L2.
    Outer,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shrink(step) => write!(f, "shrink step {step}"),
            Self::Canonical => f.write_str("the canonical layer"),
            Self::Outer => f.write_str("the outer layer"),
        }
    }
}

/// What a layer took.
#[derive(Debug, Clone, Copy)]
pub struct LayerTime {
    /// The layer that has just proved.
    pub layer: Layer,
    /// How long its proof took.
    pub elapsed: Duration,
}

/// The circuits that bring proofs of one model circuit to the canonical shape.
pub struct Shaper {
    model: VerifierCircuitData<F, InnerConfig, D>,
    shrink: Vec<Recursion>,
    canonical: Recursion,
}

/// A canonical proof and what names its circuit. As secret as the model: its openings leak.
#[derive(Clone)]
pub struct ShapedProof {
    /// The proof of L1.
    pub proof: InnerProof,
    /// The verifier data of L1 over this model circuit.
    pub verifier: InnerVerifier,
}

impl Shaper {
    /// Builds the layers for a model circuit. Deterministic: the same circuit has the same identity everywhere.
    pub fn for_circuit(common: &CommonData, verifier: &InnerVerifier) -> Result<Self, LayerError> {
        canonical::check_model(common)?;
        let pinned = canonical::pinned();
        let mut shrink: Vec<Recursion> = Vec::new();
        loop {
            let (inner, name) = match shrink.last() {
                Some(step) => (&step.circuit.common, &step.circuit.verifier_only),
                None => (common, verifier),
            };
            match canonical::build(inner, name, &pinned) {
                Ok(Some(canonical)) => {
                    let model = VerifierCircuitData {
                        verifier_only: verifier.clone(),
                        common: common.clone(),
                    };
                    return Ok(Self {
                        model,
                        shrink,
                        canonical,
                    });
                }
                // A model's own gates may need kinds that L1 does not have; past a shrink step there is no excuse.
                Err(error) if !shrink.is_empty() => return Err(error),
                Ok(None) | Err(_) => {}
            }
            if shrink.len() == MAX_SHRINK_STEPS {
                return Err(LayerError::TooLarge {
                    steps: MAX_SHRINK_STEPS,
                });
            }
            let step = RecursionBuilder::new(params::shrink(), inner, name).build();
            shrink.push(step);
        }
    }

    /// Returns the identity of the model circuit, the `circuit` words of its statements.
    pub fn circuit_id(&self) -> Digest {
        circuit_id(self.canonical_verifier())
    }

    /// Returns the common data of L1, equal for every circuit.
    pub fn canonical_common(&self) -> &CommonData {
        &self.canonical.circuit.common
    }

    /// Returns what names L1 over this model circuit to its verifier.
    pub fn canonical_verifier(&self) -> &InnerVerifier {
        &self.canonical.circuit.verifier_only
    }

    /// Returns how many shrink steps come before L1.
    pub fn shrink_steps(&self) -> usize {
        self.shrink.len()
    }

    /// Brings a proof of the model circuit to the canonical shape.
    pub fn shape(
        &self,
        proof: &InnerProof,
        on_layer: &mut dyn FnMut(LayerTime),
    ) -> Result<ShapedProof, LayerError> {
        let first = if self.shrink.is_empty() {
            Layer::Canonical
        } else {
            Layer::Shrink(0)
        };
        self.model
            .verify(proof.clone())
            .map_err(|error| LayerError::rejected(first, &error))?;
        let mut shrunk: Option<InnerProof> = None;
        for (index, step) in self.shrink.iter().enumerate() {
            let inner = shrunk.as_ref().unwrap_or(proof);
            let layer = Layer::Shrink(index);
            shrunk = Some(timed(layer, on_layer, || step.prove(inner, layer))?);
        }
        let inner = shrunk.as_ref().unwrap_or(proof);
        let shaped = timed(Layer::Canonical, on_layer, || {
            self.canonical.prove(inner, Layer::Canonical)
        })?;
        Ok(ShapedProof {
            proof: shaped,
            verifier: self.canonical.circuit.verifier_only.clone(),
        })
    }
}

/// For tests: the layers' proofs beside those of Plonky2's prover.
impl Shaper {
    /// Brings a proof to the canonical shape, each layer with Plonky2's prover and on every path of this processor; an
    /// error names what differs.
    pub fn equal_to_plonky2(&self, proof: &InnerProof) -> Result<ShapedProof, LayerError> {
        let mut inner = proof.clone();
        for (index, step) in self.shrink.iter().enumerate() {
            inner = step.equal_to_plonky2(&inner, Layer::Shrink(index))?;
        }
        Ok(ShapedProof {
            proof: self.canonical.equal_to_plonky2(&inner, Layer::Canonical)?,
            verifier: self.canonical_verifier().clone(),
        })
    }
}

/// The fixed layer L2, the same for every model.
pub struct Outer {
    canonical: CommonData,
    layer: OuterLayer,
}

impl Outer {
    /// Builds L2. Takes seconds and some hundred megabytes: once per process.
    pub fn load() -> Self {
        let canonical = canonical::pinned();
        let layer = OuterLayer::build(&canonical);
        Self { canonical, layer }
    }

    #[cfg(test)]
    pub(super) fn layer(&self) -> &OuterLayer {
        &self.layer
    }

    /// Returns the circuit of L2, which the R1CS verifies.
    pub fn circuit(&self) -> &OuterCircuit {
        &self.layer.circuit
    }

    /// Proves a canonical proof in L2. The result exposes the 24 words of the statement.
    pub fn prove(
        &self,
        shaped: &ShapedProof,
        on_layer: &mut dyn FnMut(LayerTime),
    ) -> Result<OuterProof, LayerError> {
        let canonical = VerifierCircuitData {
            verifier_only: shaped.verifier.clone(),
            common: self.canonical.clone(),
        };
        canonical
            .verify(shaped.proof.clone())
            .map_err(|error| LayerError::rejected(Layer::Outer, &error))?;
        timed(Layer::Outer, on_layer, || {
            self.layer.prove(&shaped.proof, &shaped.verifier)
        })
    }

    /// Proves a canonical proof in L2 with Plonky2's prover and on every path of this processor; an error names what
    /// differs. For tests.
    pub fn equal_to_plonky2(&self, shaped: &ShapedProof) -> Result<OuterProof, LayerError> {
        self.layer.equal_to_plonky2(&shaped.proof, &shaped.verifier)
    }

    /// Verifies a proof of L2. The heights of its Merkle nodes come first: Plonky2's verifier does not know of them.
    pub fn verify(&self, proof: &OuterProof) -> Result<(), LayerError> {
        let circuit = &self.layer.circuit;
        heights::check(proof, &circuit.common)
            .map_err(|error| LayerError::rejected(Layer::Outer, &error))?;
        circuit
            .verify(proof.clone())
            .map_err(|error| LayerError::rejected(Layer::Outer, &error))
    }
}

fn timed<T>(
    layer: Layer,
    on_layer: &mut dyn FnMut(LayerTime),
    prove: impl FnOnce() -> Result<T, LayerError>,
) -> Result<T, LayerError> {
    let start = Instant::now();
    let proof = prove()?;
    on_layer(LayerTime {
        layer,
        elapsed: start.elapsed(),
    });
    Ok(proof)
}
