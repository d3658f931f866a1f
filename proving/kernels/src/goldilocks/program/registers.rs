//! Sharing of registers between values that do not live at the same time.

use super::Program;
use super::instruction::{Instruction, Register};

/// Renames the registers, each written once so far, so that a register is taken again after its value's last use;
/// returns how many there are. The last one freed is taken first, while it is in the nearest cache.
pub(super) fn allocate(program: &mut Program) -> usize {
    let last_use = last_uses(program);
    let mut names: Vec<Register> = vec![Register::MAX; last_use.len()];
    let mut free = Vec::new();
    let mut count = 0;
    let mut instructions = std::mem::take(&mut program.instructions);
    for (index, instruction) in instructions.iter_mut().enumerate() {
        let mut rename = |register: &mut Register, is_write: bool| {
            let old = *register as usize;
            if is_write {
                names[old] = free.pop().unwrap_or_else(|| {
                    count += 1;
                    count - 1
                });
            }
            *register = names[old];
            // What is written may take the place of what is read last here: an instruction reads a point's words
            // before it writes that point's word. A register may be read twice, but is freed once.
            if last_use[old] == index
                && !(names[old] != Register::MAX && free.contains(&names[old]))
            {
                free.push(names[old]);
            }
        };
        if let Instruction::Sum { sum, .. } = instruction {
            let plan = program.sums[*sum as usize];
            for (position, (a, b)) in program.terms[plan.start..plan.end].iter_mut().enumerate() {
                rename(a, false);
                if plan.start + position >= plan.products {
                    rename(b, false);
                }
            }
        }
        instruction.registers_mut(&mut rename);
    }
    program.instructions = instructions;
    count as usize
}

/// Returns, for each register, the index of the last instruction that reads it, or else writes it.
fn last_uses(program: &mut Program) -> Vec<usize> {
    let mut last = Vec::new();
    let mut note = |register: Register, index: usize| {
        let register = register as usize;
        if last.len() <= register {
            last.resize(register + 1, 0);
        }
        last[register] = index;
    };
    for (index, instruction) in program.instructions.iter_mut().enumerate() {
        if let Instruction::Sum { sum, .. } = instruction {
            let plan = program.sums[*sum as usize];
            for (position, (a, b)) in program.terms[plan.start..plan.end].iter().enumerate() {
                note(*a, index);
                if plan.start + position >= plan.products {
                    note(*b, index);
                }
            }
        }
        instruction.registers_mut(|register, _| note(*register, index));
    }
    last
}
