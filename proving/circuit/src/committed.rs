//! The committed data of a node as targets, in the order of its sections.

use assay_model::{NodeData, Part, SectionSpec};
use assay_statement::Lane;
use plonky2::field::types::Field;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};

use crate::cost::Purpose;
use crate::field::{F, signed};
use crate::gates::{InRange, LIMB_BITS, Pack};
use crate::layout::Layout;

/// Lanes of an element of weights.
const LANES: usize = Lane::Int8.per_element();

/// The committed data of a node.
pub struct Committed {
    sections: Vec<Section>,
}

/// One section.
struct Section {
    spec: SectionSpec,
    /// The values one by one, row by row: of weights only those of ragged last elements, of every other part all.
    values: Vec<Target>,
    /// The elements as the commitment takes them.
    packed: Vec<Target>,
}

impl Committed {
    /// Adds targets for the sections of a node and range-checks and packs all of them but full elements of
    /// weights, which the gates of products range-check where they use them.
    pub fn new(layout: &mut Layout, sections: &[SectionSpec]) -> Self {
        let section = |spec: &SectionSpec| layout.count(Purpose::Pack, |l| Section::new(l, *spec));
        Self {
            sections: sections.iter().map(section).collect(),
        }
    }

    /// Returns the packed data in the order of the model commitment.
    pub fn packed(&self) -> impl Iterator<Item = Target> + '_ {
        self.sections
            .iter()
            .flat_map(|section| section.packed.iter().copied())
    }

    /// Returns how many values the packed data hold.
    pub fn len(&self) -> usize {
        self.sections.iter().map(|section| section.spec.len).sum()
    }

    /// Returns the values of a part that is not weights.
    ///
    /// # Panics
    /// If the node does not have it.
    pub fn values(&self, part: Part) -> &[Target] {
        &self.section(part).values
    }

    /// Returns the packed elements of a part, row by row.
    ///
    /// # Panics
    /// If the node does not have it.
    pub fn elements(&self, part: Part) -> &[Target] {
        &self.section(part).packed
    }

    /// Returns the packed weights, one row for each output.
    ///
    /// # Panics
    /// If the node does not have weights.
    pub fn weights(&self) -> Vec<Vec<Target>> {
        let section = self.section(Part::Weights);
        let per_row = section.spec.row.div_ceil(LANES);
        section.packed.chunks(per_row).map(<[_]>::to_vec).collect()
    }

    fn section(&self, part: Part) -> &Section {
        let found = self
            .sections
            .iter()
            .find(|section| section.spec.part == part);
        found.expect("a node has the parts of its operator")
    }

    /// Writes a node's data into a witness.
    pub fn assign(&self, data: &NodeData, witness: &mut PartialWitness<F>) -> anyhow::Result<()> {
        for section in &self.sections {
            section.assign(data.part(section.spec.part), witness)?;
        }
        Ok(())
    }
}

impl Section {
    fn new(layout: &mut Layout, spec: SectionSpec) -> Self {
        let mut section = Self {
            spec,
            values: Vec::new(),
            packed: Vec::new(),
        };
        let packing = Packing::of(&spec);
        for _ in 0..spec.len / spec.row {
            let full = if section.is_opened_by_products() {
                layout.builder.add_virtual_targets(spec.row / LANES)
            } else {
                Vec::new()
            };
            // Ragged elements are spelled out to constrain the lanes beyond the row.
            let values = layout
                .builder
                .add_virtual_targets(spec.row - full.len() * LANES);
            section.packed.extend(full);
            section.packed.extend(packing.pack(layout, &values));
            section.values.extend(values);
        }
        section
    }

    fn is_opened_by_products(&self) -> bool {
        self.spec.part == Part::Weights
    }

    fn assign(&self, data: &[i32], witness: &mut PartialWitness<F>) -> anyhow::Result<()> {
        let SectionSpec { row, len, .. } = self.spec;
        anyhow::ensure!(
            data.len() == len,
            "{} has {} values",
            self.spec.part,
            data.len()
        );
        let per_row = self.packed.len() / (len / row);
        let spelled = self.values.len() / (len / row);
        for (index, values) in data.chunks(row).enumerate() {
            let values = values
                .iter()
                .map(|&value| i64::from(value))
                .collect::<Vec<_>>();
            let (full, rest) = values.split_at(row - spelled);
            let elements = self.spec.lane.pack(full)?;
            for (&target, word) in self.packed[index * per_row..].iter().zip(elements) {
                witness.set_target(target, F::from_canonical_u64(word))?;
            }
            for (&target, &value) in self.values[index * spelled..].iter().zip(rest) {
                witness.set_target(target, signed(value))?;
            }
        }
        Ok(())
    }
}

/// How the range of a section is checked and its values are packed.
enum Packing {
    /// The gate that packs the values checks the range: a power of two of them, or all of a lane where something else
    /// bounds them.
    Narrow(Pack),
    /// Both ends are checked by a gate of their own.
    Bounded {
        pack: Pack,
        range: InRange,
        min: i64,
        max: i64,
    },
}

impl Packing {
    /// # Panics
    /// If the range exceeds the lane type.
    fn of(spec: &SectionSpec) -> Self {
        if spec.part == Part::Features {
            // The lookup of every feature takes those from zero to the last one and no others.
            return Self::Narrow(Pack::full(spec.lane));
        }
        let (min, max) = (i64::from(spec.min), i64::from(spec.max));
        let count = (max - min + 1).cast_unsigned();
        // Where values share an element, an absent one is the smallest of the lane type.
        let is_narrow = spec.lane.per_element() == 1 || min == spec.lane.min();
        let bits = count.ilog2();
        if count.is_power_of_two() && bits.is_multiple_of(LIMB_BITS) && is_narrow {
            return Self::Narrow(Pack::narrow(spec.lane, min, bits));
        }
        assert!(
            min >= spec.lane.min() && max <= spec.lane.max(),
            "the range exceeds its lane"
        );
        Self::Bounded {
            pack: Pack::full(spec.lane),
            range: InRange::new(spec.lane.bits()),
            min,
            max,
        }
    }

    fn pack(&self, layout: &mut Layout, values: &[Target]) -> Vec<Target> {
        match *self {
            Self::Narrow(pack) => layout.pack(pack, values),
            Self::Bounded {
                pack,
                range,
                min,
                max,
            } => {
                layout.check_range(range, [min, max], values);
                layout.pack(pack, values)
            }
        }
    }
}
