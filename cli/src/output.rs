//! What commands print: lines for people, or one JSON value.

use std::io::{self, Write};

use serde::Serialize;

/// Where results go.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Prints JSON if asked to.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Returns whether results are JSON, so that nothing else may go to standard output.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// Prints a result: `value` as JSON, or `lines` for people.
    pub fn result(self, value: &impl Serialize, lines: &str) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut stdout, value)?;
            writeln!(stdout)?;
        } else {
            writeln!(stdout, "{}", lines.trim_end())?;
        }
        Ok(())
    }
}

/// Lays out rows in columns, the first row being the heads. Numbers read better at the right.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| {
                let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
                if is_number(cell) {
                    format!("{pad}{cell}")
                } else {
                    format!("{cell}{pad}")
                }
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        if index == 0 && rows.len() > 1 {
            let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
            text.push_str(&rule.join("  "));
            text.push('\n');
        }
    }
    text
}

fn is_number(cell: &str) -> bool {
    cell.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        && cell
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_numbers_are_at_the_right() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let text = table(&[
            row(["name", "gas"]),
            row(["bid", "90,123"]),
            row(["fulfill", "7"]),
        ]);
        assert_eq!(
            text,
            "name     gas\n───────  ──────\nbid      90,123\nfulfill       7\n"
        );
    }
}
