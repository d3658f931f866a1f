//! Changes of a file, of its fields and of its bytes.

use rand::Rng;
use rand::seq::SliceRandom;

use crate::seeds::Seeds;
use crate::wire::{Content, Field, Kind, Value, numbers, packed};

/// Numbers at which things end: counts, dimensions, types, signs, widths.
const NUMBERS: [u64; 24] = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    16,
    64,
    127,
    128,
    255,
    256,
    1 << 12,
    1 << 18,
    1 << 22,
    (1 << 31) - 1,
    1 << 31,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX,
];

/// Floats at which things end.
const FLOATS: [f32; 14] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    1e-10,
    1e10,
    -1e10,
    f32::MIN_POSITIVE / 4.0,
    f32::MAX,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

/// Elements that a tensor is filled up to when a dimension grows.
const MAX_FILLED: u64 = 1 << 13;

/// Changes a file's fields in one way.
pub fn mutate(model: &mut Vec<Field>, seeds: &Seeds, rng: &mut impl Rng) {
    if rng.gen_bool(0.15) {
        resize(model, rng);
        return;
    }
    let names = texts(model);
    let mut places = Vec::new();
    find_messages(model, &mut Vec::new(), &mut places);
    let path = places.choose(rng).cloned().unwrap_or_default();
    let (kind, fields) = message_at(model, &path);
    if fields.is_empty() || rng.gen_bool(0.1) {
        graft(kind, fields, seeds, rng);
        return;
    }
    let at = rng.gen_range(0..fields.len());
    let other = rng.gen_range(0..fields.len());
    match rng.gen_range(0..12) {
        0 => drop(fields.remove(at)),
        1 => fields.insert(other, fields[at].clone()),
        2 => fields.swap(at, other),
        3 => graft(kind, fields, seeds, rng),
        4 => fields[at].number = fields[other].number,
        _ => change(kind, &mut fields[at], seeds, &names, rng),
    }
}

/// Changes a file's bytes in one way.
pub fn damage(bytes: &mut Vec<u8>, rng: &mut impl Rng) {
    if bytes.is_empty() {
        bytes.push(rng.r#gen());
        return;
    }
    let at = rng.gen_range(0..bytes.len());
    let to = (at + rng.gen_range(1..24)).min(bytes.len());
    match rng.gen_range(0..6) {
        0 => bytes[at] ^= 1 << rng.gen_range(0..8),
        1 => bytes[at] = rng.r#gen(),
        2 => bytes[at] = bytes[at].wrapping_add(1),
        3 => drop(bytes.drain(at..to)),
        4 => {
            let piece = bytes[at..to].to_vec();
            let place = rng.gen_range(0..=bytes.len());
            drop(bytes.splice(place..place, piece));
        }
        _ => bytes.truncate(at),
    }
}

/// Puts a field of the same kind of message from another file in, or in place of one of the same number.
fn graft(kind: Kind, fields: &mut Vec<Field>, seeds: &Seeds, rng: &mut impl Rng) {
    let candidates: Vec<&Field> = (seeds.messages().iter())
        .filter(|(parent, _)| *parent == kind)
        .map(|(_, field)| field)
        .collect();
    let Some(&field) = candidates.choose(rng) else {
        return;
    };
    let same: Vec<usize> = (0..fields.len())
        .filter(|&index| fields[index].number == field.number)
        .collect();
    match same.choose(rng) {
        Some(&index) if rng.gen_bool(0.5) => fields[index] = field.clone(),
        Some(&index) => fields.insert(index, field.clone()),
        None => fields.push(field.clone()),
    }
}

/// Changes what a field holds.
fn change(kind: Kind, field: &mut Field, seeds: &Seeds, names: &[Vec<u8>], rng: &mut impl Rng) {
    let number = field.number;
    match &mut field.value {
        Value::Number(value) => *value = change_number(*value, rng),
        Value::Word(bytes) => *bytes = change_float(*bytes, rng),
        Value::Double(bytes) => *bytes = rng.r#gen::<u64>().to_le_bytes(),
        Value::Message(_, fields) => fields.truncate(fields.len() / 2),
        Value::Bytes(bytes) => match kind.content(number) {
            Content::Text if kind == Kind::Node && number == 4 && rng.gen_bool(0.7) => {
                if let Some(operator) = seeds.operators().choose(rng) {
                    bytes.clone_from(operator);
                }
            }
            // A name that the file has elsewhere: another wire, a circle, two results of one name.
            Content::Text => match names.choose(rng) {
                Some(name) if rng.gen_bool(0.8) => bytes.clone_from(name),
                _ => damage(bytes, rng),
            },
            Content::Numbers => {
                let mut list = numbers(bytes);
                match list.choose_mut(rng) {
                    Some(value) if rng.gen_bool(0.8) => *value = change_number(*value, rng),
                    _ if rng.gen_bool(0.5) => list.push(change_number(1, rng)),
                    _ => drop(list.pop()),
                }
                *bytes = packed(&list);
            }
            Content::Floats | Content::Raw => {
                let (words, _) = bytes.as_chunks_mut::<4>();
                match words.choose_mut(rng) {
                    Some(word) if rng.gen_bool(0.8) => *word = change_float(*word, rng),
                    _ => damage(bytes, rng),
                }
            }
        },
    }
}

fn change_number(value: u64, rng: &mut impl Rng) -> u64 {
    match rng.gen_range(0..8) {
        0 => value.wrapping_add(1),
        1 => value.wrapping_sub(1),
        2 => value.wrapping_mul(2),
        3 => value / 2,
        4 => value.wrapping_neg(),
        5 => rng.gen_range(0..20),
        _ => NUMBERS[rng.gen_range(0..NUMBERS.len())],
    }
}

fn change_float(bytes: [u8; 4], rng: &mut impl Rng) -> [u8; 4] {
    let value = f32::from_le_bytes(bytes);
    let changed = match rng.gen_range(0..5) {
        0 => -value,
        1 => value * 1e3,
        2 => f32::from_bits(rng.r#gen()),
        _ => FLOATS[rng.gen_range(0..FLOATS.len())],
    };
    changed.to_le_bytes()
}

/// Changes one size wherever the file has it, and the length of every constant with it, as a file of other
/// dimensions would have them.
fn resize(model: &mut [Field], rng: &mut impl Rng) {
    let mut sizes = Vec::new();
    each_size(Kind::Model, model, &mut |size| sizes.push(*size));
    sizes.sort_unstable();
    sizes.dedup();
    let Some(&old) = sizes.choose(rng) else {
        return;
    };
    let new = match rng.gen_range(0..3) {
        0 => old.saturating_mul(2),
        1 => rng.gen_range(1..40),
        _ => old.saturating_add(1),
    };
    each_size(Kind::Model, model, &mut |size| {
        if *size == old {
            *size = new;
        }
    });
    fill(Kind::Model, model);
}

/// Visits every dimension and every element of a list of whole numbers.
fn each_size(kind: Kind, fields: &mut [Field], visit: &mut impl FnMut(&mut u64)) {
    for field in fields {
        match &mut field.value {
            Value::Message(inner, fields) => each_size(*inner, fields, visit),
            Value::Number(value) if kind.is_size(field.number) => visit(value),
            Value::Bytes(bytes) if kind.is_size(field.number) => {
                let mut list = numbers(bytes);
                list.iter_mut().for_each(&mut *visit);
                *bytes = packed(&list);
            }
            _ => {}
        }
    }
}

/// Gives every constant as many elements as its dimensions say, over and over the ones it has.
fn fill(kind: Kind, fields: &mut [Field]) {
    let mut elements = 1_u64;
    for field in &*fields {
        match &field.value {
            Value::Number(value) if field.number == 1 => elements = elements.saturating_mul(*value),
            Value::Bytes(bytes) if field.number == 1 => {
                let product = |product: u64, &size: &u64| product.saturating_mul(size);
                elements = numbers(bytes).iter().fold(elements, product);
            }
            _ => {}
        }
    }
    for field in fields {
        match &mut field.value {
            Value::Message(inner, fields) => fill(*inner, fields),
            Value::Bytes(bytes)
                if kind == Kind::Tensor && elements <= MAX_FILLED && !bytes.is_empty() =>
            {
                let width = match kind.content(field.number) {
                    Content::Floats => 4,
                    // Floats are the most, and what other types make of the length is theirs to refuse.
                    Content::Raw if bytes.len() % 4 == 0 => 4,
                    Content::Raw => 1,
                    Content::Numbers | Content::Text => continue,
                };
                let length = width * usize::try_from(elements).unwrap_or(0);
                *bytes = bytes.iter().copied().cycle().take(length).collect();
            }
            _ => {}
        }
    }
}

/// Returns all names and other texts of a file.
fn texts(fields: &[Field]) -> Vec<Vec<u8>> {
    fn walk(kind: Kind, fields: &[Field], names: &mut Vec<Vec<u8>>) {
        for field in fields {
            match &field.value {
                Value::Message(inner, fields) => walk(*inner, fields, names),
                Value::Bytes(bytes) if kind.content(field.number) == Content::Text => {
                    names.push(bytes.clone());
                }
                _ => {}
            }
        }
    }
    let mut names = Vec::new();
    walk(Kind::Model, fields, &mut names);
    names
}

/// Collects the paths to all messages, the whole file's among them.
fn find_messages(fields: &[Field], path: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
    found.push(path.clone());
    for (index, field) in fields.iter().enumerate() {
        if let Value::Message(_, fields) = &field.value {
            path.push(index);
            find_messages(fields, path, found);
            path.pop();
        }
    }
}

fn message_at<'a>(fields: &'a mut Vec<Field>, path: &[usize]) -> (Kind, &'a mut Vec<Field>) {
    let mut at = (Kind::Model, fields);
    for &index in path {
        match &mut at.1[index].value {
            Value::Message(kind, fields) => at = (*kind, fields),
            _ => unreachable!("paths lead through messages"),
        }
    }
    at
}
