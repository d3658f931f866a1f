//! A sum of limbs in a small base, each limb in range.

use super::{Builder, Ext, GateVars};

pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>, base: u64, limbs: usize) -> Vec<Ext> {
    let (sum, limbs) = (&vars.wires[0], &vars.wires[1..=limbs]);
    let mut weight = 1u64;
    let weighted: Vec<Ext> = limbs
        .iter()
        .map(|limb| {
            let part = limb.mul_base_const(weight);
            // Only the last weight can overflow, and nothing uses it.
            weight = weight.wrapping_mul(base);
            part
        })
        .collect();
    let mut constraints = vec![Ext::sum(&weighted).sub(sum)];
    for limb in limbs {
        let factors = (1..base).map(|value| limb.sub(&Ext::constant([value, 0])));
        constraints.push(factors.fold(limb.clone(), |product, factor| product.mul(b, &factor)));
    }
    constraints
}
