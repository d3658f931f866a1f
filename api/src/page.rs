//! Pages of a list: newest first, continued by a cursor that names the last entry's place on the chain.

use assay_store::{Page, Position};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{ApiError, Result};
use crate::limits::{DEFAULT_PAGE, MAX_PAGE};

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Entries in the page, at most 100; 25 if not given.
    pub limit: Option<u64>,
    /// Where the page before ended: its `next`.
    #[param(example = "1024.3")]
    pub cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PageOf<T> {
    /// The entries, newest first.
    pub items: Vec<T>,
    /// The cursor of the next page; missing on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl PageQuery {
    /// Returns the page to read: one entry more than asked for tells whether there is another page.
    pub fn read(&self) -> Result<Page> {
        let limit = self.limit.unwrap_or(DEFAULT_PAGE);
        if !(1..=MAX_PAGE).contains(&limit) {
            return Err(ApiError::invalid(
                "limit",
                format!("expected 1 to {MAX_PAGE}, got {limit}"),
            ));
        }
        let before = self
            .cursor
            .as_deref()
            .map(|text| parse_position("cursor", text))
            .transpose()?;
        Ok(Page {
            limit: limit + 1,
            before,
        })
    }
}

/// Cuts off the entry that was read too much and turns the others into what the client gets.
pub fn page_of<R, T>(
    page: Page,
    mut records: Vec<R>,
    position: impl Fn(&R) -> Position,
    view: impl FnMut(R) -> T,
) -> PageOf<T> {
    let limit = usize::try_from(page.limit.saturating_sub(1)).unwrap_or(usize::MAX);
    let more = records.len() > limit;
    records.truncate(limit);
    let next = records
        .last()
        .filter(|_| more)
        .map(|last| position_text(position(last)));
    PageOf {
        items: records.into_iter().map(view).collect(),
        next,
    }
}

/// Returns a place on the chain as text: block number, dot, log index.
pub fn position_text(position: Position) -> String {
    format!("{}.{}", position.block_number, position.log_index)
}

/// Reads a place on the chain.
pub fn parse_position(field: &'static str, text: &str) -> Result<Position> {
    let number = |text: &str| {
        text.parse::<u64>()
            .ok()
            .filter(|number| i64::try_from(*number).is_ok())
    };
    let parts = text
        .split_once('.')
        .and_then(|(block, log)| Some((number(block)?, number(log)?)));
    let (block_number, log_index) =
        parts.ok_or_else(|| ApiError::invalid(field, "expected <block number>.<log index>"))?;
    Ok(Position {
        block_number,
        log_index,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_round_trips_and_bad_ones_are_refused() {
        let position = Position {
            block_number: 1024,
            log_index: 3,
        };
        assert_eq!(
            parse_position("cursor", &position_text(position)).unwrap(),
            position
        );
        for text in [
            "",
            "1",
            "1.",
            ".1",
            "1.x",
            "-1.2",
            "1.2.3",
            "9223372036854775808.0",
        ] {
            assert!(parse_position("cursor", text).is_err(), "{text}");
        }
    }

    #[test]
    fn last_page_has_no_next() {
        let at = |index: &u64| Position {
            block_number: 1,
            log_index: *index,
        };
        let page = PageQuery {
            limit: Some(2),
            cursor: None,
        }
        .read()
        .unwrap();
        let full = page_of(page, vec![9u64, 8, 7], at, |record| record);
        assert_eq!(
            (full.items, full.next.as_deref()),
            (vec![9, 8], Some("1.8"))
        );
        let last = page_of(page, vec![7u64, 6], at, |record| record);
        assert_eq!((last.items, last.next), (vec![7, 6], None));
    }
}
