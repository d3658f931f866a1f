//! The stream of events. It reads the index and sends what is new, so that nothing is lost between two connections: a
//! client that comes back names the last event it saw.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use assay_store::{Position, SubjectKind};
use futures_util::stream::unfold;
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;

use crate::error::{ApiError, ErrorEnvelope, Result};
use crate::feed::Notice;
use crate::limits::{EVENT_BATCH, EVENT_HEARTBEAT, MAX_EVENT_STREAMS, REORG_WINDOW_BLOCKS};
use crate::page::{parse_position, position_text};
use crate::state::AppState;
use crate::wire::EventView;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    /// Those about one kind of thing: request, model, circuit, attester, prover, verifier,
    /// account, module or market.
    #[param(value_type = Option<String>)]
    kind: Option<SubjectKind>,
    /// Those about one thing; needs `kind`.
    subject: Option<String>,
    /// Those after this place on the chain; `0.0` replays everything. The header Last-Event-ID does the same. Without
    /// either, the stream begins with the next event.
    #[param(example = "1024.3")]
    after: Option<String>,
}

/// Streams events as they are indexed (server-sent events). An event named `rollback` says that everything above its
/// block was removed by a reorganization of the chain; what replaces it follows.
#[utoipa::path(
    tag = "events",
    operation_id = "stream_events",
    params(EventQuery),
    responses(
        (status = 200, body = EventView, content_type = "text/event-stream"),
        (status = 400, body = ErrorEnvelope),
        (status = 429, body = ErrorEnvelope)
    )
)]
#[get("/events")]
pub async fn stream(
    state: Data<AppState>,
    request: HttpRequest,
    query: Query<EventQuery>,
) -> Result<HttpResponse> {
    let mut query = query.into_inner();
    query.subject = query.subject.map(|id| id.to_lowercase());
    if query.subject.is_some() && query.kind.is_none() {
        return Err(ApiError::invalid(
            "kind",
            "expected the kind of the subject, got none",
        ));
    }
    let seen = request
        .headers()
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let cursor = match (seen, &query.after) {
        (Some(text), _) => parse_position("last-event-id", text)?,
        (None, Some(text)) => parse_position("after", text)?,
        (None, None) => end_of(state.store.head().await?.map_or(0, |head| head.number)),
    };
    let stream = EventStream {
        notices: state.feed.listen(),
        slot: Slot::take(state)?,
        query,
        cursor,
        ready: VecDeque::from([Bytes::from_static(b": welcome\n\n")]),
    };
    let chunks = unfold(stream, |mut stream| async move {
        let chunk = stream.next().await;
        Some((chunk.map_err(actix_web::Error::from), stream))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("cache-control", "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(chunks))
}

struct EventStream {
    notices: Receiver<Notice>,
    slot: Slot,
    query: EventQuery,
    cursor: Position,
    ready: VecDeque<Bytes>,
}

impl EventStream {
    async fn next(&mut self) -> Result<Bytes> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Ok(chunk);
            }
            self.read().await?;
            if !self.ready.is_empty() {
                continue;
            }
            match tokio::time::timeout(EVENT_HEARTBEAT, self.notices.recv()).await {
                Err(_) => return Ok(Bytes::from_static(b": still here\n\n")),
                Ok(Ok(Notice::RolledBack { to })) => self.roll_back(to),
                // The missed notices may have told of a rollback: whatever one may reach is sent again.
                Ok(Err(RecvError::Lagged(_))) => {
                    self.roll_back(self.cursor.block_number.saturating_sub(REORG_WINDOW_BLOCKS));
                }
                Ok(Ok(Notice::Appended)) => {}
                Ok(Err(RecvError::Closed)) => {
                    return Err(ApiError::Internal(anyhow::anyhow!("the feed has ended")));
                }
            }
        }
    }

    async fn read(&mut self) -> Result<()> {
        let subject = self
            .query
            .kind
            .map(|kind| (kind, self.query.subject.as_deref()));
        let logs = self
            .slot
            .state
            .store
            .logs_after(Some(self.cursor), subject, EVENT_BATCH)
            .await?;
        for log in logs {
            self.cursor = log.position;
            let event = EventView::from(log);
            let data =
                serde_json::to_string(&event).map_err(|error| ApiError::Internal(error.into()))?;
            self.ready.push_back(Bytes::from(format!(
                "id: {}\nevent: {}\ndata: {data}\n\n",
                event.id, event.name
            )));
        }
        Ok(())
    }

    fn roll_back(&mut self, to: u64) {
        if self.cursor.block_number > to {
            self.cursor = end_of(to);
            let id = position_text(self.cursor);
            let text = format!("id: {id}\nevent: rollback\ndata: {{\"block_number\":{to}}}\n\n");
            self.ready.push_back(Bytes::from(text));
        }
    }
}

/// A place after every log of a block.
fn end_of(block_number: u64) -> Position {
    Position {
        block_number,
        log_index: i64::MAX.unsigned_abs(),
    }
}

/// One of the streams that may be open at the same time; gives its place back when the connection ends.
struct Slot {
    state: Data<AppState>,
}

impl Slot {
    fn take(state: Data<AppState>) -> Result<Self> {
        let open = state.metrics.event_streams.fetch_add(1, Ordering::Relaxed);
        let slot = Self { state };
        if open >= MAX_EVENT_STREAMS as u64 {
            let limit = MAX_EVENT_STREAMS as u64;
            return Err(ApiError::TooMany {
                what: "open event streams",
                limit,
                retry_after_secs: 30,
            });
        }
        Ok(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.state
            .metrics
            .event_streams
            .fetch_sub(1, Ordering::Relaxed);
    }
}
