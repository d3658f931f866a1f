use assay_circuit::model_config;
use assay_wrap::layers::params;

/// `circuit` and `wrap` do not know each other, so each has parameters for model circuits; the security terms of the
/// wrap are computed from its own.
#[test]
fn both_sides_mean_the_same_model_parameters() {
    assert_eq!(model_config(), params::model());
    assert_eq!(model_config().num_challenges, 3);
}
