//! Many additions of affine points with one inversion, in scalar code.

use ark_ff::Field;

use super::group::Group;

/// Additions that share one inversion.
const BATCH: usize = 1024;

/// The bit of a reference that says where its point is: among the sums of earlier rounds, or among the bases.
pub(super) const IN_POOL: u32 = 1 << 31;

/// Pairs of points to add. A reference is twice an index, plus one for the negated point, and perhaps [`IN_POOL`].
pub struct Pairs<'a, P> {
    /// The bases of the sum.
    pub(super) bases: &'a [P],
    /// Sums of earlier rounds.
    pub(super) pool: &'a [P],
    /// What to add.
    pub(super) references: &'a [[u32; 2]],
}

impl<P> Pairs<'_, P> {
    /// The point that a reference names, before its sign.
    #[inline(always)]
    pub(super) fn point(&self, reference: u32) -> &P {
        let index = ((reference & !IN_POOL) >> 1) as usize;
        if reference & IN_POOL == 0 {
            &self.bases[index]
        } else {
            &self.pool[index]
        }
    }
}

/// The coordinates of a point with its sign.
pub(super) fn load<G: Group>(pairs: &Pairs<'_, G::Point>, reference: u32) -> (G::Field, G::Field) {
    let (x, y) = G::coordinates(pairs.point(reference));
    if reference & 1 == 0 { (x, y) } else { (x, -y) }
}

/// What one addition of affine points is.
enum Case<F> {
    /// A line through two points, or the tangent of one: `slope = numerator / denominator`.
    Line { numerator: F, denominator: F },
    /// One of the points is the point at infinity.
    Other,
    /// The points are opposite.
    Infinity,
}

fn case<F: Field>(p: &(F, F), q: &(F, F)) -> Case<F> {
    if is_infinity(p) || is_infinity(q) {
        return Case::Other;
    }
    let denominator = q.0 - p.0;
    if !denominator.is_zero() {
        return Case::Line {
            numerator: q.1 - p.1,
            denominator,
        };
    }
    if p.1 != q.1 || p.1.is_zero() {
        return Case::Infinity;
    }
    let square = p.0.square();
    Case::Line {
        numerator: square.double() + square,
        denominator: p.1.double(),
    }
}

fn is_infinity<F: Field>(point: &(F, F)) -> bool {
    point.0.is_zero() && point.1.is_zero()
}

/// Writes the sum of each pair.
pub(super) fn add_pairs<G: Group>(pairs: &Pairs<'_, G::Point>, out: &mut [G::Point]) {
    let mut products = Vec::with_capacity(BATCH);
    for (references, out) in pairs.references.chunks(BATCH).zip(out.chunks_mut(BATCH)) {
        products.clear();
        let mut product = G::Field::ONE;
        for &[p, q] in references {
            products.push(product);
            let (p, q) = (load::<G>(pairs, p), load::<G>(pairs, q));
            if let Case::Line { denominator, .. } = case(&p, &q) {
                product *= denominator;
            }
        }
        let mut inverse = product.inverse().expect("no factor is zero");
        for ((&[p, q], before), out) in references.iter().zip(&products).zip(out).rev() {
            let (p, q) = (load::<G>(pairs, p), load::<G>(pairs, q));
            *out = match case(&p, &q) {
                Case::Line {
                    numerator,
                    denominator,
                } => {
                    let slope = numerator * inverse * before;
                    inverse *= denominator;
                    let x = slope.square() - p.0 - q.0;
                    G::point(x, slope * (p.0 - x) - p.1)
                }
                Case::Other if is_infinity(&p) => G::point(q.0, q.1),
                Case::Other => G::point(p.0, p.1),
                Case::Infinity => G::INFINITY,
            };
        }
    }
}
