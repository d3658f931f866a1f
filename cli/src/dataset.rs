//! Data sets for calibrating and measuring, in the formats of the examples: pictures and windows (`ASYDIGIT`), and
//! tables (CSV). A model says how they are meant.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use assay_prover::model_format::{Architecture, Graph, OutputSpec};

use crate::files;
use crate::samples::Samples;

/// Rows of a table, at most: as many as calibration takes.
const MAX_ROWS: usize = 1 << 16;

/// Samples of one model, with what is right for each where the file says so.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// The samples, in order.
    pub records: Vec<Record>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What the float model takes.
    pub input: Vec<f32>,
    /// The class or symbol that follows, or the number to predict.
    pub target: Option<f64>,
}

/// What a model takes and gives, as far as files of samples depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Numbers of a sample.
    pub inputs: usize,
    /// Whether they are symbols.
    pub symbols: bool,
    /// Whether the result is a class.
    pub class: bool,
}

impl From<&Graph> for Form {
    fn from(graph: &Graph) -> Self {
        Self {
            inputs: graph.inputs(),
            symbols: graph.symbols,
            class: graph.is_class(graph.output),
        }
    }
}

impl From<&Architecture> for Form {
    fn from(architecture: &Architecture) -> Self {
        Self {
            inputs: architecture.inputs(),
            symbols: architecture.symbols().is_some(),
            class: matches!(architecture.output(), OutputSpec::Class { .. }),
        }
    }
}

impl DataSet {
    /// Reads a file for this model.
    ///
    /// Bytes of an `ASYDIGIT` file are symbols for a model of symbols, else numbers from 0 to 1. A table's first columns
    /// are the input; the class is its last column, the number to predict the one behind the input.
    pub fn read(path: &Path, form: impl Into<Form>) -> anyhow::Result<Self> {
        let form = form.into();
        let bytes = files::read_large(path)?;
        let is_table = path.extension().is_some_and(|extension| extension == "csv");
        let records = if is_table {
            table(&bytes, form.inputs, form.class)
        } else {
            Samples::parse(&bytes).map(|samples| pictures(&samples, form.symbols))
        };
        let records = records.with_context(|| path.display().to_string())?;
        ensure!(!records.is_empty(), "{}: no samples", path.display());
        Ok(Self { records })
    }

    /// Returns the inputs alone.
    pub fn inputs(&self) -> Vec<Vec<f32>> {
        let inputs = self.records.iter().map(|record| record.input.clone());
        inputs.collect()
    }
}

fn pictures(samples: &Samples, symbols: bool) -> Vec<Record> {
    let record = |sample: crate::samples::Sample<'_>| Record {
        input: if symbols {
            sample.pixels.iter().map(|&symbol| symbol.into()).collect()
        } else {
            sample.to_floats()
        },
        target: Some(sample.label.into()),
    };
    samples.iter().map(record).collect()
}

fn table(bytes: &[u8], inputs: usize, class: bool) -> anyhow::Result<Vec<Record>> {
    let text = std::str::from_utf8(bytes).context("not a table: expected text")?;
    let mut records = Vec::new();
    for (index, line) in text.lines().enumerate().skip(1) {
        if line.trim().is_empty() {
            continue;
        }
        let number = index + 1;
        if records.len() == MAX_ROWS {
            bail!("line {number}: more than {MAX_ROWS} rows, which is the limit");
        }
        let cells: Vec<f64> = (line.split(','))
            .map(|cell| {
                let cell = cell.trim();
                let value = cell.parse().ok().filter(|value: &f64| value.is_finite());
                value.with_context(|| format!("line {number}: `{cell}` is no number"))
            })
            .collect::<anyhow::Result<_>>()?;
        ensure!(
            cells.len() >= inputs,
            "line {number}: {} columns, the model takes {inputs}",
            cells.len()
        );
        let rest = &cells[inputs..];
        records.push(Record {
            input: cells[..inputs].iter().map(|&cell| cell as f32).collect(),
            target: (if class { rest.last() } else { rest.first() }).copied(),
        });
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_give_the_class_last_and_the_number_behind_the_input() {
        let text = b"a,b,c,class\n1,2.5,-3,1\n\n4, 5,6,0\n";
        let check = |inputs, class, expected: [(&[f32], Option<f64>); 2]| {
            let records = table(text, inputs, class).unwrap();
            let got: Vec<_> = (records.iter())
                .map(|record| (&record.input[..], record.target))
                .collect();
            assert_eq!(got, expected);
        };
        check(
            2,
            true,
            [(&[1.0, 2.5], Some(1.0)), (&[4.0, 5.0], Some(0.0))],
        );
        check(
            2,
            false,
            [(&[1.0, 2.5], Some(-3.0)), (&[4.0, 5.0], Some(6.0))],
        );
        check(
            4,
            false,
            [
                (&[1.0, 2.5, -3.0, 1.0], None),
                (&[4.0, 5.0, 6.0, 0.0], None),
            ],
        );
    }

    #[test]
    fn tables_that_are_none_are_refused() {
        let check = |text: &[u8], expected: &str| {
            let message = table(text, 2, true).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        };
        check(b"a,b\n1\n", "line 2: 1 columns, the model takes 2");
        check(b"a,b\n1,x\n", "line 2: `x` is no number");
        check(b"a,b\n1,NaN\n", "line 2: `NaN` is no number");
        check(b"a,b\n1,\n", "line 2: `` is no number");
        check(&[0xff, 0xfe], "expected text");
    }

    #[test]
    fn bytes_are_symbols_or_shares() {
        let mut file = b"ASYDIGIT".to_vec();
        file.extend([1, 0, 0, 0, 1, 0, 2, 0, 51, 255, 7]);
        let samples = Samples::parse(&file).unwrap();
        let record = |input: &[f32]| Record {
            input: input.to_vec(),
            target: Some(7.0),
        };
        assert_eq!(pictures(&samples, true), [record(&[51.0, 255.0])]);
        assert_eq!(pictures(&samples, false), [record(&[0.2, 1.0])]);
    }
}
