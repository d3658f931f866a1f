//! The proof of each layer is Plonky2's, bit for bit, on every path.

use super::sample::{Sample, outer};

#[test]
fn proofs_of_every_layer_are_plonky2s_on_every_path() {
    let sample = Sample::build(14, 0, 0);
    let shaper = sample.shaper();
    assert_eq!(
        shaper.shrink_steps(),
        1,
        "a shrink step is among the layers"
    );
    let shaped = shaper.equal_to_plonky2(&sample.prove(1000)).unwrap();
    let proof = outer().equal_to_plonky2(&shaped).unwrap();
    outer().verify(&proof).unwrap();
}
