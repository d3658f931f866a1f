//! The vanishing polynomial at zeta: the twin of Plonky2's `eval_vanishing_poly` and the check of its quotient.
//!
//! Plonky2 computes, for each challenge alpha, one sum of terms times powers of alpha: the permutation argument first,
//! then for each constraint index the sum over gates of filter times constraint. The same sum is taken here in another
//! order, chosen for what reductions cost (see `fold`): a gate with wide constraints is folded by itself and then
//! filtered; narrow gates are filtered first, added up, and folded together.

mod fold;
mod permutation;
mod selectors;

#[cfg(test)]
mod tests;

use super::builder::Builder;
use super::extension::Ext;
use super::gates::{Gate, GateVars, UnknownGate};
use super::goldilocks::Gl;
use super::proof::{Challenges, Openings};
use fold::{AlphaPowers, NARROW_BITS, fold};
use permutation::Permutation;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::plonk::circuit_data::CommonCircuitData;
use selectors::Selectors;

type F = GoldilocksField;
type CommonData = CommonCircuitData<F, 2>;

/// Terms folded at once: larger blocks need more powers of alpha, and each block costs reductions. This is the
/// cheapest for the Poseidon gate's 123 constraints and the reducing gate's 84.
const BLOCK: usize = 42;

/// Wide constraints of a gate that are reduced one by one, so that the gate counts as narrow: about as many
/// reductions as a block of its own would cost.
const MAX_WIDE: usize = 17;

/// What the vanishing polynomial of a circuit is made of.
#[derive(Clone, Debug)]
pub struct Vanishing {
    gates: Vec<Gate>,
    selectors: Selectors,
    permutation: Permutation,
    degree_bits: usize,
    num_challenges: usize,
    num_gate_constraints: usize,
    quotient_degree_factor: usize,
}

/// Why a circuit's vanishing polynomial has no evaluation here.
#[derive(Debug, thiserror::Error)]
pub enum VanishingError {
    /// The circuit has a gate that is not covered.
    #[error(transparent)]
    UnknownGate(#[from] UnknownGate),
    /// The circuit has lookup tables.
    #[error("the circuit has {got} lookup polynomials, expected none")]
    Lookups {
        /// The number of lookup polynomials.
        got: usize,
    },
    /// Plonky2's selectors have another form than expected.
    #[error("selectors cannot be read: {0}")]
    Selectors(#[from] serde_json::Error),
}

impl Vanishing {
    /// Reads what is needed from a circuit.
    pub fn new(common: &CommonData) -> Result<Self, VanishingError> {
        if common.num_lookup_polys != 0 || common.num_lookup_selectors != 0 {
            let got = common.num_lookup_polys.max(common.num_lookup_selectors);
            return Err(VanishingError::Lookups { got });
        }
        Ok(Self {
            gates: common
                .gates
                .iter()
                .map(Gate::of)
                .collect::<Result<_, _>>()?,
            selectors: Selectors::new(&common.selectors_info)?,
            permutation: Permutation::new(common),
            degree_bits: common.degree_bits(),
            num_challenges: common.config.num_challenges,
            num_gate_constraints: common.num_gate_constraints,
            quotient_degree_factor: common.quotient_degree_factor,
        })
    }

    /// Enforces `vanishing(zeta) = Z_H(zeta) · quotient(zeta)` for every challenge.
    ///
    /// # Assumes
    /// The words of openings, challenges and hash are range-checked to 64 bits.
    pub fn enforce(
        &self,
        b: &mut Builder,
        openings: &Openings,
        challenges: &Challenges,
        public_inputs_hash: &[Gl; 4],
    ) {
        let zeta = &challenges.zeta;
        let (zeta_n, l_0) = b.in_scope("zeta", |b| {
            let zeta_n = zeta.exp_power_of_2(b, self.degree_bits);
            let l_0 = lagrange_0(b, zeta, &zeta_n, self.degree_bits);
            (zeta_n, l_0)
        });
        let z_h = zeta_n.sub(&Ext::one());
        let permutation = b.in_scope("permutation", |b| {
            self.permutation.terms(b, openings, challenges, &l_0)
        });
        let filters = b.in_scope("selectors", |b| {
            self.selectors.filters(b, &openings.constants)
        });
        let vars = GateVars {
            constants: &openings.constants[self.selectors.count()..],
            wires: &openings.wires,
            public_inputs_hash,
        };
        let mut alphas: Vec<AlphaPowers> = b.in_scope("alpha", |b| {
            let alphas = challenges.alphas.iter();
            alphas
                .map(|alpha| AlphaPowers::new(b, alpha, BLOCK))
                .collect()
        });

        let mut sums = b.in_scope("fold", |b| fold(b, &permutation, 0, &mut alphas));
        let offset = permutation.len();
        let mut narrow = vec![Vec::new(); self.num_gate_constraints];
        for (gate, filter) in self.gates.iter().zip(&filters) {
            let name = gate.name();
            let mut constraints =
                b.in_scope("gates", |b| b.in_scope(name, |b| gate.eval(b, &vars)));
            let is_wide = |constraint: &&Ext| constraint.magnitude_bits() > NARROW_BITS;
            let wide = constraints.iter().filter(is_wide).count();
            if wide <= MAX_WIDE {
                b.in_scope("filter", |b| {
                    for (index, constraint) in constraints.iter_mut().enumerate() {
                        *constraint = constraint.reduce_over(b, NARROW_BITS);
                        narrow[index].push(filter.mul(b, constraint));
                    }
                });
            } else {
                let folded = b.in_scope("fold", |b| fold(b, &constraints, offset, &mut alphas));
                for (sum, folded) in sums.iter_mut().zip(folded) {
                    *sum = sum.add(&filter.mul(b, &folded));
                }
            }
        }
        let used = narrow.iter().rposition(|parts| !parts.is_empty());
        narrow.truncate(used.map_or(0, |last| last + 1));
        let narrow: Vec<Ext> = narrow.iter().map(Ext::sum).collect();
        let folded = b.in_scope("fold", |b| fold(b, &narrow, offset, &mut alphas));
        for (sum, folded) in sums.iter_mut().zip(folded) {
            *sum = sum.add(&folded);
        }

        b.in_scope("quotient", |b| {
            assert_eq!(
                openings.quotients.len(),
                self.num_challenges * self.quotient_degree_factor,
                "every challenge has its quotient chunks"
            );
            let powers = zeta_n.powers(b, self.quotient_degree_factor);
            let quotients = openings.quotients.chunks(self.quotient_degree_factor);
            for (sum, chunks) in sums.iter().zip(quotients) {
                let quotient = Ext::inner_product(b, chunks.iter().zip(&powers));
                z_h.mul(b, &quotient).assert_equal(b, sum);
            }
        });
    }
}

/// Enforces the vanishing polynomial of a circuit.
///
/// # Panics
/// On circuits that [`Vanishing::new`] refuses.
pub fn check(
    b: &mut Builder,
    common: &CommonData,
    openings: &Openings,
    challenges: &Challenges,
    public_inputs_hash: &[Gl; 4],
) {
    Vanishing::new(common)
        .unwrap_or_else(|error| panic!("the outer circuit is covered: {error}"))
        .enforce(b, openings, challenges, public_inputs_hash);
}

/// `L_0(zeta) = (zeta^n − 1) / (n · (zeta − 1))`, reduced. No zeta in the subgroup's first point has one.
fn lagrange_0(b: &mut Builder, zeta: &Ext, zeta_n: &Ext, degree_bits: usize) -> Ext {
    let denominator = zeta.sub(&Ext::one()).mul_base_const(1 << degree_bits);
    let inverse = denominator.inverse(b);
    zeta_n.sub(&Ext::one()).mul(b, &inverse).reduce(b)
}
