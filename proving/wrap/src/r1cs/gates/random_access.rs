//! An element of a list, selected by the bits of an index.

use plonky2::gates::random_access::RandomAccessGate;

use super::{Builder, D, Ext, F, GateVars};

/// The gate's layout.
#[derive(Clone, Debug)]
pub(in crate::r1cs) struct Parameters {
    bits: usize,
    copies: usize,
    extra_constants: usize,
}

impl From<&RandomAccessGate<F, D>> for Parameters {
    fn from(gate: &RandomAccessGate<F, D>) -> Self {
        Self {
            bits: gate.bits,
            copies: gate.num_copies,
            extra_constants: gate.num_extra_constants,
        }
    }
}

pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>, gate: &Parameters) -> Vec<Ext> {
    let items = 1 << gate.bits;
    let start_extra = (2 + items) * gate.copies;
    let start_bits = start_extra + gate.extra_constants;
    let mut constraints = Vec::new();
    for copy in 0..gate.copies {
        let wires = &vars.wires[(2 + items) * copy..];
        let (index, claimed, list) = (&wires[0], &wires[1], &wires[2..2 + items]);
        let bits = &vars.wires[start_bits + copy * gate.bits..][..gate.bits];

        constraints.extend(bits.iter().map(|bit| bit.mul(b, &bit.sub(&Ext::one()))));
        let weighted: Vec<Ext> = (0..gate.bits)
            .map(|k| bits[k].mul_base_const(1 << k))
            .collect();
        constraints.push(Ext::sum(&weighted).sub(index));
        constraints.push(select(b, bits, list).sub(claimed));
    }
    for k in 0..gate.extra_constants {
        constraints.push(vars.constants[k].sub(&vars.wires[start_extra + k]));
    }
    constraints
}

/// Selects by two bits at a time: reducing the product of two bits is cheaper than reducing every item after two
/// single steps.
fn select(b: &mut Builder, bits: &[Ext], list: &[Ext]) -> Ext {
    let mut items = list.to_vec();
    let (pairs, last) = bits.as_chunks::<2>();
    for [low, high] in pairs {
        let both = low.mul(b, high).reduce(b);
        let (fours, _) = items.as_chunks::<4>();
        let selected = fours.iter().map(|[x0, x1, x2, x3]| {
            let by_low = low.mul(b, &x1.sub(x0));
            let by_high = high.mul(b, &x2.sub(x0));
            let by_both = both.mul(b, &x3.sub(x2).sub(x1).add(x0));
            Ext::sum([x0, &by_low, &by_high, &by_both])
        });
        items = selected.collect();
    }
    for bit in last {
        let (twos, _) = items.as_chunks::<2>();
        let selected = twos.iter().map(|[x0, x1]| x0.add(&bit.mul(b, &x1.sub(x0))));
        items = selected.collect();
    }
    items.swap_remove(0)
}
