use super::super::tests::sample::outer;
use super::super::{CommonData, canonical, params};
use super::table::rows;
use super::*;

fn assert_within_bounds(common: &CommonData) {
    let challenges = common.config.num_challenges;
    let products = 1 + common.num_partial_products;
    assert!((common.num_gate_constraints + 1 + products) as f64 <= CONSTRAINTS);
    let polynomials = common.num_constants
        + common.config.num_routed_wires
        + common.config.num_wires
        + challenges * products
        + challenges * common.quotient_degree_factor;
    // Those of the permutation argument are opened at two points.
    assert!((polynomials + challenges) as f64 <= POLYNOMIALS);
    assert!(
        common
            .gates
            .iter()
            .all(|gate| gate.0.degree() as f64 <= CONSTRAINT_DEGREE)
    );
    assert!((common.quotient_degree_factor + 1) as f64 <= CONSTRAINT_DEGREE);
}

#[test]
fn built_circuits_stay_within_the_assumed_sizes() {
    assert_within_bounds(&canonical::pinned());
    assert_within_bounds(&outer().circuit().common);
}

#[test]
fn every_layer_draws_three_challenges() {
    let layers = [
        params::model(),
        params::shrink(),
        params::canonical(),
        params::outer(),
    ];
    assert_eq!(layers.map(|layer| layer.num_challenges), [3; 4]);
    assert_eq!(canonical::pinned().config.num_challenges, 3);
    assert_eq!(outer().circuit().common.config.num_challenges, 3);
}

/// `num_challenges` by size: two would be worth what the queries are up to 2^7 rows only, which no model saves by, so that
/// every size draws three and all circuits have one configuration.
#[test]
fn two_challenges_are_enough_up_to_128_rows_alone() {
    let with = |challenges, degree| {
        let config = CircuitConfig {
            num_challenges: challenges,
            ..params::model()
        };
        LayerSecurity::new(&config, degree, None).permutation
    };
    let least = params::SECURITY_BITS as f64;
    assert!((1..=7).all(|degree| with(2, degree) >= least));
    assert!((8..=20).all(|degree| with(2, degree) < least));
    assert!((1..=20).all(|degree| with(3, degree) >= least));
}

#[test]
fn every_term_of_every_layer_reaches_the_claim() {
    let claimed = params::CLAIMED_BITS as f64;
    assert!(REDUCTION_BATCH_BITS >= claimed);
    for row in rows() {
        let security = row.security();
        let name = format!("{}, 2^{}", row.name, row.degree_bits);
        assert!(security.minimum() >= claimed, "{name}: {security:?}");
        // By the older count, from which the parameters were chosen.
        let fri = &row.config.fri_config;
        let free_zeros = row.challenge_bits.map_or(0, |bits| 64 - bits);
        let counted = fri.rate_bits * fri.num_query_rounds + fri.proof_of_work_bits as usize;
        assert!(counted - free_zeros >= params::SECURITY_BITS, "{name}");
        assert!(security.fri_queries < params::SECURITY_BITS as f64);
        assert!(
            (56.0..60.0).contains(&security.fri_proven),
            "{name}: {security:?}"
        );
    }
}

/// A query by hand: rate 1/8 over 2^128 elements, `η = log2(8e) / 8 / 128`.
#[test]
fn query_is_worth_what_a_random_word_leaves() {
    let security = |degree| LayerSecurity::new(&params::model(), degree, None);
    let eta = (3.0 + std::f64::consts::LOG2_E) / 8.0 / 127.998;
    let expected = 16.0 - 28.0 * f64::log2(0.125 + eta);
    assert!((security(13).fri_queries - expected).abs() < 1e-9);
    assert!((98.6..98.7).contains(&expected), "{expected}");
    assert_eq!(security(13).fri_queries, security(20).fri_queries);
}

/// With a query less than the table says, the goal is missed; the table's queries reach it.
#[test]
fn queries_for_proven_bits_are_the_least() {
    for row in rows() {
        let queries = row.queries_for(80.0).expect("within reach");
        let proven = |queries| {
            let mut config = row.config.clone();
            config.fri_config.num_query_rounds = queries;
            LayerSecurity::new(&config, row.degree_bits, row.challenge_bits).fri_proven
        };
        assert!(proven(queries) >= 80.0 && proven(queries - 1) < 80.0);
    }
}

/// `cargo run -p assay-wrap --example security` prints them.
#[test]
fn architecture_has_the_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");
    let page = std::fs::read_to_string(path).unwrap();
    for table in security_tables() {
        assert!(
            page.contains(&table),
            "expected in ARCHITECTURE.md:\n{table}"
        );
    }
}
