//! Changes of JSON, as cards and the headers of model files are.

use rand::Rng;
use rand::seq::SliceRandom;
use serde_json::{Map, Value};

/// Numbers at which things end: counts, limits, widths.
const NUMBERS: [u64; 20] = [
    0,
    1,
    2,
    3,
    4,
    7,
    64,
    65,
    128,
    1 << 11,
    1 << 12,
    1 << 14,
    1 << 16,
    (1 << 16) + 1,
    1 << 18,
    (1 << 18) + 1,
    1 << 19,
    1 << 22,
    1 << 32,
    u64::MAX,
];

/// Depth of a value that is nested on purpose: beyond what the parser follows.
const DEPTH: usize = 200;

/// Values of other files that belong to a key.
#[derive(Debug, Clone, Default)]
pub struct Pool(Vec<(String, Value)>);

impl Pool {
    /// Adds all values of a file that have a key.
    pub fn collect(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.0.push((key.clone(), value.clone()));
                    self.collect(value);
                }
            }
            Value::Array(list) => list.iter().for_each(|value| self.collect(value)),
            _ => {}
        }
    }

    /// Returns a value of this key, or of any.
    fn choose(&self, key: &str, rng: &mut impl Rng) -> Option<&Value> {
        let same: Vec<&Value> = (self.0.iter())
            .filter(|(other, _)| other == key)
            .map(|(_, value)| value)
            .collect();
        match same.choose(rng) {
            Some(value) if rng.gen_bool(0.9) => Some(value),
            _ => self.0.choose(rng).map(|(_, value)| value),
        }
    }
}

/// Changes a value in one way, somewhere within it.
pub fn mutate(value: &mut Value, pool: &Pool, rng: &mut impl Rng) {
    descend(value, "", pool, rng);
}

/// Changes a value of a key, or one below: more often than not, since nodes and their parameters are there.
fn descend<R: Rng>(value: &mut Value, key: &str, pool: &Pool, rng: &mut R) {
    let deeper = rng.gen_bool(0.85);
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let index = rng.gen_range(0..fields.len());
            if let Some((name, below)) = fields.iter_mut().nth(index) {
                descend(below, name, pool, rng);
            }
        }
        Value::Array(list) if deeper && !list.is_empty() => {
            let index = rng.gen_range(0..list.len());
            descend(&mut list[index], key, pool, rng);
        }
        other => change(other, key, pool, rng),
    }
}

fn change(value: &mut Value, key: &str, pool: &Pool, rng: &mut impl Rng) {
    if rng.gen_bool(0.2) {
        if let Some(other) = pool.choose(key, rng) {
            *value = other.clone();
        }
        return;
    }
    match value {
        Value::Number(number) => *value = change_number(number.as_u64(), rng),
        Value::Array(list) => change_list(list, rng),
        Value::Object(fields) => change_fields(fields, pool, rng),
        Value::Bool(flag) => *flag = !*flag,
        Value::String(text) if rng.gen_bool(0.5) => *text = text.repeat(rng.gen_range(0..100)),
        _ => *value = odd(rng),
    }
}

fn change_number(number: Option<u64>, rng: &mut impl Rng) -> Value {
    let number = number.unwrap_or(1);
    match rng.gen_range(0..8) {
        0 => number.wrapping_add(1).into(),
        1 => number.wrapping_sub(1).into(),
        2 => number.wrapping_mul(2).into(),
        3 => (number / 2).into(),
        4 => rng.gen_range(0..20_u64).into(),
        5 if rng.gen_bool(0.2) => odd(rng),
        _ => NUMBERS[rng.gen_range(0..NUMBERS.len())].into(),
    }
}

fn change_list(list: &mut Vec<Value>, rng: &mut impl Rng) {
    if list.is_empty() {
        list.push(rng.gen_range(0..4_u64).into());
        return;
    }
    let (at, other) = (rng.gen_range(0..list.len()), rng.gen_range(0..list.len()));
    match rng.gen_range(0..5) {
        0 => drop(list.remove(at)),
        1 => list.insert(other, list[at].clone()),
        2 => list.swap(at, other),
        3 => list.truncate(at),
        _ => {
            let run = list[at..].to_vec();
            list.extend(run);
        }
    }
}

fn change_fields(fields: &mut Map<String, Value>, pool: &Pool, rng: &mut impl Rng) {
    let keys: Vec<String> = fields.keys().cloned().collect();
    let (Some(one), Some(other)) = (keys.choose(rng), keys.choose(rng)) else {
        return;
    };
    match rng.gen_range(0..4) {
        0 => drop(fields.remove(one)),
        1 => drop(fields.insert(other.clone(), fields[one].clone())),
        2 => drop(fields.insert("surprise".into(), odd(rng))),
        _ => {
            if let Some(value) = pool.choose(one, rng) {
                fields.insert(one.clone(), value.clone());
            }
        }
    }
}

/// Returns a value that belongs nowhere.
fn odd(rng: &mut impl Rng) -> Value {
    match rng.gen_range(0..6) {
        0 => Value::Null,
        1 => (-1).into(),
        2 => 1.5.into(),
        3 => "x".repeat(rng.gen_range(0..10_000)).into(),
        4 => (0..DEPTH).fold(Value::Null, |inner, _| Value::Array(vec![inner])),
        _ => Value::Object(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Pool, mutate};
    use crate::input::rng;

    #[test]
    fn changes_are_the_same_every_time_and_many() {
        let value = serde_json::json!({"a": [1, 2, {"b": true}], "c": "text", "d": {"e": 7}});
        let mut pool = Pool::default();
        pool.collect(&value);
        let changed = |case: u64| {
            let mut changed = value.clone();
            mutate(&mut changed, &pool, &mut rng(1, case));
            changed.to_string()
        };
        let all: std::collections::HashSet<_> = (0..300).map(changed).collect();
        assert!(all.len() > 100, "{}", all.len());
        assert!((0..50).all(|case| changed(case) == changed(case)));
    }
}
