//! What a verifier needs, beside what Plonky2's build gives.

use plonky2::field::types::Field;
use plonky2::plonk::circuit_data::CircuitConfig;

use super::circuits::{C, chain_builder};
use crate::{F, verifier_data};

/// More, as many and fewer digests in a cap than cosets in the code; sizes; with and without a separator.
#[test]
fn verifier_data_is_that_of_plonky2() {
    for (log_rows, rate_bits, cap_height, separator) in [
        (4, 3, 4, 0_usize),
        (9, 3, 4, 5),
        (7, 3, 3, 40),
        (6, 3, 1, 1),
        (5, 4, 0, 2),
        (6, 5, 2, 7),
    ] {
        let mut config = CircuitConfig::standard_recursion_config();
        config.security_bits = 1;
        config.fri_config.rate_bits = rate_bits;
        config.fri_config.cap_height = cap_height;
        let separator = (0..separator).map(|k| F::from_canonical_usize(k * k + 3));
        let separator = separator.collect::<Vec<_>>();
        let builder = chain_builder(config.clone(), log_rows, 3).0;
        let got = verifier_data::<C>(builder, &separator);
        let (got, (mut builder, _)) = (got.unwrap(), chain_builder(config.clone(), log_rows, 3));
        builder.set_domain_separator(separator);
        let expected = builder.build::<C>();
        assert_eq!(got.common, expected.common);
        assert_eq!(got.verifier_only, expected.verifier_only);
    }
}
