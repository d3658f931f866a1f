//! Counters in the Prometheus text format.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Method, route and status of answered requests.
type Series = (String, String, u16);

/// What is counted while the service runs.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<Series, (u64, Duration)>>,
    /// Number of the newest indexed block.
    pub indexed_block: AtomicU64,
    /// Number of the chain's newest block when it was last asked.
    pub chain_block: AtomicU64,
    /// Logs indexed since the start.
    pub logs_indexed: AtomicU64,
    /// Blocks rolled back since the start.
    pub blocks_rolled_back: AtomicU64,
    /// Rounds of the indexer that failed and were tried again.
    pub indexer_failures: AtomicU64,
    /// Requests refused for their rate.
    pub rate_limited: AtomicU64,
    /// Event streams open now.
    pub event_streams: AtomicU64,
}

impl Metrics {
    /// Counts one answered request. `route` is the pattern, never the path, so that the number of series is bounded.
    pub fn count_request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = requests
            .entry((method.to_owned(), route.to_owned(), status))
            .or_default();
        entry.0 += 1;
        entry.1 += took;
    }

    /// Returns everything as Prometheus text.
    pub fn render(&self) -> String {
        let mut text = String::new();
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str("# HELP assay_http_requests_total Answered requests.\n# TYPE assay_http_requests_total counter\n");
        for ((method, route, status), (count, _)) in requests.iter() {
            line(
                &mut text,
                "assay_http_requests_total",
                method,
                route,
                *status,
                &count.to_string(),
            );
        }
        text.push_str("# HELP assay_http_seconds_total Time spent answering.\n# TYPE assay_http_seconds_total counter\n");
        for ((method, route, status), (_, took)) in requests.iter() {
            line(
                &mut text,
                "assay_http_seconds_total",
                method,
                route,
                *status,
                &format!("{:.6}", took.as_secs_f64()),
            );
        }
        let single = [
            (
                "assay_indexed_block",
                "gauge",
                "Newest indexed block.",
                &self.indexed_block,
            ),
            (
                "assay_chain_block",
                "gauge",
                "Newest block of the chain.",
                &self.chain_block,
            ),
            (
                "assay_logs_indexed_total",
                "counter",
                "Logs indexed.",
                &self.logs_indexed,
            ),
            (
                "assay_blocks_rolled_back_total",
                "counter",
                "Blocks rolled back.",
                &self.blocks_rolled_back,
            ),
            (
                "assay_indexer_failures_total",
                "counter",
                "Indexer rounds tried again.",
                &self.indexer_failures,
            ),
            (
                "assay_rate_limited_total",
                "counter",
                "Requests refused for their rate.",
                &self.rate_limited,
            ),
            (
                "assay_event_streams",
                "gauge",
                "Open event streams.",
                &self.event_streams,
            ),
        ];
        for (name, kind, help, value) in single {
            let value = value.load(Ordering::Relaxed);
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
            );
        }
        text
    }
}

fn line(text: &mut String, name: &str, method: &str, route: &str, status: u16, value: &str) {
    let _ = writeln!(
        text,
        "{name}{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {value}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let metrics = Metrics::default();
        metrics.count_request("GET", "/v1/models/{id}", 404, Duration::from_millis(5));
        metrics.count_request("GET", "/v1/models/{id}", 404, Duration::from_millis(5));
        let text = metrics.render();
        let series = "{method=\"GET\",route=\"/v1/models/{id}\",status=\"404\"}";
        assert!(
            text.contains(&format!("assay_http_requests_total{series} 2\n")),
            "{text}"
        );
        assert!(
            text.contains(&format!("assay_http_seconds_total{series} 0.010000\n")),
            "{text}"
        );
    }
}
