//! What of a circuit the prover needs, read and checked once.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use plonky2::plonk::circuit_data::CommonCircuitData;
use plonky2::util::log2_ceil;
use serde::Deserialize;

use crate::field::{D, F};

/// Sizes of a circuit that this crate proves.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// log2 of the rows.
    pub(crate) degree_bits: usize,
    /// log2 of how many times as many points as rows the quotient is computed at.
    pub(crate) quotient_bits: usize,
    /// Columns of the quotient of one challenge; also the factors of a partial product.
    pub(crate) quotient_factor: usize,
    pub(crate) challenges: usize,
    pub(crate) wires: usize,
    pub(crate) routed: usize,
    pub(crate) constants: usize,
    pub(crate) partial_products: usize,
    pub(crate) selectors: Selectors,
}

/// Which selector polynomial a gate has, and which gates share it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Selectors {
    #[serde(rename = "selector_indices")]
    pub(crate) of_gate: Vec<usize>,
    pub(crate) groups: Vec<Range<usize>>,
}

impl Shape {
    /// Reads the shape. An error says which part of a circuit is not supported.
    pub(crate) fn new(common: &CommonCircuitData<F, D>) -> Result<Self> {
        let (config, params) = (&common.config, &common.fri_params);
        ensure!(
            !config.zero_knowledge && !params.hiding,
            "circuits with zero knowledge are not supported"
        );
        ensure!(
            common.luts.is_empty()
                && common.num_lookup_polys == 0
                && common.num_lookup_selectors == 0,
            "Plonky2's lookup tables are not supported"
        );
        let (rate_bits, degree_bits) = (params.config.rate_bits, common.degree_bits());
        let quotient_bits = log2_ceil(common.quotient_degree_factor);
        ensure!(
            quotient_bits <= rate_bits,
            "constraints of degree {} need a rate of at least {quotient_bits} bits, got {rate_bits}",
            common.quotient_degree_factor
        );
        ensure!(
            common.quotient_degree_factor > 1
                && common.quotient_degree_factor < config.num_routed_wires,
            "{} routed wires are too few for partial products of {}",
            config.num_routed_wires,
            common.quotient_degree_factor
        );
        ensure!(
            params.total_arities() <= degree_bits,
            "FRI folds {} times in two, more than the {degree_bits} bits of the degree",
            params.total_arities()
        );
        ensure!(
            params.config.cap_height <= params.final_poly_bits() + rate_bits,
            "a cap of height {} is higher than the smallest tree",
            params.config.cap_height
        );
        // Plonky2 shows the selectors to nobody but a serializer.
        let selectors = serde_json::to_value(&common.selectors_info)
            .and_then(serde_json::from_value::<Selectors>)
            .context("Plonky2's selectors have another form than expected")?;
        ensure!(
            selectors.of_gate.len() == common.gates.len(),
            "{} gates have {} selectors",
            common.gates.len(),
            selectors.of_gate.len()
        );
        Ok(Self {
            degree_bits,
            quotient_bits,
            quotient_factor: common.quotient_degree_factor,
            challenges: config.num_challenges,
            wires: config.num_wires,
            routed: config.num_routed_wires,
            constants: common.num_constants,
            partial_products: common.num_partial_products,
            selectors,
        })
    }

    /// Rows of the circuit.
    pub(crate) fn rows(&self) -> usize {
        1 << self.degree_bits
    }
}
