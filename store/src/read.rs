//! Reading the market, newest first.

use std::collections::HashMap;

use assay_market::{Address, ModelId, RequestId, Status, Timestamp, Word};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};

use crate::entities::{
    attestation, attester, bid, block, log, model, proof, prover, request, verifier,
};
use crate::error::{Result, StoreError};
use crate::records::{
    AttestationRecord, BidRecord, BlockRecord, LogRecord, ModelRecord, Page, Position, ProofRecord,
    ProverRecord, RequestRecord, SubjectKind,
};
use crate::rows::signed;
use crate::store::Store;

/// Which requests a list holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestFilter {
    /// Those with this effective status at this time of the market's clock.
    pub status: Option<(Status, Timestamp)>,
    /// Those of one requester.
    pub requester: Option<Address>,
    /// Those for one model.
    pub model: Option<ModelId>,
    /// Those whose best bid or assignment is one prover's.
    pub prover: Option<Address>,
}

impl Store {
    /// Returns the newest indexed block.
    pub async fn head(&self) -> Result<Option<BlockRecord>> {
        let row = block::Entity::find()
            .order_by_desc(block::Column::Number)
            .one(&self.db)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the newest indexed block at or below `number`: headers of old blocks are kept for some blocks only.
    pub async fn block_at_or_below(&self, number: u64) -> Result<Option<BlockRecord>> {
        let row = block::Entity::find()
            .filter(block::Column::Number.lte(signed("number", number)?))
            .order_by_desc(block::Column::Number)
            .one(&self.db)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns up to `limit` logs after a position, oldest first.
    pub async fn logs_after(
        &self,
        after: Option<Position>,
        subject: Option<(SubjectKind, Option<&str>)>,
        limit: u64,
    ) -> Result<Vec<LogRecord>> {
        let mut query = log::Entity::find();
        if let Some(after) = after {
            let place = row_of(log::Column::BlockNumber, log::Column::LogIndex);
            query = query.filter(place.gt(values_of(after)?));
        }
        if let Some((kind, id)) = subject {
            query = query.filter(log::Column::SubjectKind.eq(kind.as_str()));
            if let Some(id) = id {
                query = query.filter(log::Column::Subject.eq(id));
            }
        }
        let rows = query
            .order_by_asc(log::Column::BlockNumber)
            .order_by_asc(log::Column::LogIndex)
            .limit(limit)
            .all(&self.db)
            .await?;
        convert(rows)
    }

    /// Returns a page of models.
    pub async fn models(&self, provider: Option<Address>, page: Page) -> Result<Vec<ModelRecord>> {
        let mut query = model::Entity::find();
        if let Some(provider) = provider {
            query = query.filter(model::Column::Provider.eq(provider.to_string()));
        }
        let query = newest(
            query,
            model::Column::BlockNumber,
            model::Column::LogIndex,
            page,
        )?;
        convert(query.all(&self.db).await?)
    }

    /// Returns one model.
    pub async fn model(&self, id: ModelId) -> Result<Option<ModelRecord>> {
        let row = model::Entity::find_by_id(id.to_string())
            .one(&self.db)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the words of present attesters for some circuits: a removed attester's count for nothing.
    pub async fn attestations(&self, circuits: &[Word]) -> Result<Vec<AttestationRecord>> {
        let present = attester::Entity::find()
            .select_only()
            .column(attester::Column::Address)
            .filter(attester::Column::RemovedAt.is_null())
            .into_query();
        let rows = attestation::Entity::find()
            .filter(attestation::Column::Circuit.is_in(circuits.iter().map(ToString::to_string)))
            .filter(attestation::Column::Attester.in_subquery(present))
            .order_by_asc(attestation::Column::AttestedAt)
            .order_by_asc(attestation::Column::Attester)
            .all(&self.db)
            .await?;
        convert(rows)
    }

    /// Returns a page of provers.
    pub async fn provers(&self, page: Page) -> Result<Vec<ProverRecord>> {
        let query = newest(
            prover::Entity::find(),
            prover::Column::BlockNumber,
            prover::Column::LogIndex,
            page,
        )?;
        convert(query.all(&self.db).await?)
    }

    /// Returns one prover.
    pub async fn prover(&self, address: Address) -> Result<Option<ProverRecord>> {
        let row = prover::Entity::find_by_id(address.to_string())
            .one(&self.db)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns how many proofs some provers delivered; those who delivered none are left out.
    pub async fn proofs_delivered(&self, provers: Vec<Address>) -> Result<HashMap<Address, u64>> {
        let counts: Vec<(String, i64)> = proof::Entity::find()
            .select_only()
            .column(proof::Column::Prover)
            .column_as(proof::Column::RequestId.count(), "delivered")
            .filter(proof::Column::Prover.is_in(provers.iter().map(ToString::to_string)))
            .group_by(proof::Column::Prover)
            .into_tuple()
            .all(&self.db)
            .await?;
        let mut delivered = HashMap::with_capacity(counts.len());
        for prover in provers {
            let text = prover.to_string();
            if let Some((_, count)) = counts.iter().find(|(prover, _)| *prover == text) {
                delivered.insert(prover, count.unsigned_abs());
            }
        }
        Ok(delivered)
    }

    /// Returns the number of the newest block with a log about each of these things.
    pub async fn newest_blocks(
        &self,
        kind: SubjectKind,
        ids: Vec<String>,
    ) -> Result<Vec<(String, u64)>> {
        let newest: Vec<(String, i64)> = log::Entity::find()
            .select_only()
            .column(log::Column::Subject)
            .column_as(log::Column::BlockNumber.max(), "newest")
            .filter(log::Column::SubjectKind.eq(kind.as_str()))
            .filter(log::Column::Subject.is_in(ids))
            .group_by(log::Column::Subject)
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(newest
            .into_iter()
            .map(|(id, number)| (id, number.unsigned_abs()))
            .collect())
    }

    /// Returns a page of requests.
    pub async fn requests(&self, filter: RequestFilter, page: Page) -> Result<Vec<RequestRecord>> {
        let mut query = request::Entity::find();
        if let Some((status, now)) = filter.status {
            query = query.filter(has_status(status, signed("now", now.0)?));
        }
        if let Some(requester) = filter.requester {
            query = query.filter(request::Column::Requester.eq(requester.to_string()));
        }
        if let Some(model) = filter.model {
            query = query.filter(request::Column::ModelId.eq(model.to_string()));
        }
        if let Some(prover) = filter.prover {
            query = query.filter(request::Column::BestProver.eq(prover.to_string()));
        }
        let query = newest(
            query,
            request::Column::BlockNumber,
            request::Column::LogIndex,
            page,
        )?;
        convert(query.all(&self.db).await?)
    }

    /// Returns one request.
    pub async fn request(&self, id: RequestId) -> Result<Option<RequestRecord>> {
        let row = request::Entity::find_by_id(id.to_string())
            .one(&self.db)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns a page of bids.
    pub async fn bids(
        &self,
        request: Option<RequestId>,
        prover: Option<Address>,
        page: Page,
    ) -> Result<Vec<BidRecord>> {
        let mut query = bid::Entity::find();
        if let Some(request) = request {
            query = query.filter(bid::Column::RequestId.eq(request.to_string()));
        }
        if let Some(prover) = prover {
            query = query.filter(bid::Column::Prover.eq(prover.to_string()));
        }
        let query = newest(query, bid::Column::BlockNumber, bid::Column::LogIndex, page)?;
        convert(query.all(&self.db).await?)
    }

    /// Returns a page of delivered proofs.
    pub async fn proofs(&self, prover: Option<Address>, page: Page) -> Result<Vec<ProofRecord>> {
        let mut query = proof::Entity::find();
        if let Some(prover) = prover {
            query = query.filter(proof::Column::Prover.eq(prover.to_string()));
        }
        let query = newest(
            query,
            proof::Column::BlockNumber,
            proof::Column::LogIndex,
            page,
        )?;
        convert(query.all(&self.db).await?)
    }

    /// Returns the proof delivered for a request.
    pub async fn proof(&self, request: RequestId) -> Result<Option<ProofRecord>> {
        let row = proof::Entity::find_by_id(request.to_string())
            .one(&self.db)
            .await?;
        row.map(TryInto::try_into).transpose()
    }
}

/// Selects by effective status: [`assay_market::Request::status`] in the database's words.
fn has_status(status: Status, now: i64) -> Condition {
    use request::Column::{
        AssignedAt, BestProver, BiddingDeadline, ExpiresAt, Outcome, ProvingDeadline, VerifierId,
    };
    let tombstoned = || {
        verifier::Entity::find()
            .select_only()
            .column(verifier::Column::Id)
            .filter(verifier::Column::TombstonedAt.is_not_null())
            .into_query()
    };
    let ended = |outcome: Status| Condition::all().add(Outcome.eq(outcome.as_str()));
    let alive = || {
        Condition::all()
            .add(Outcome.is_null())
            .add(VerifierId.not_in_subquery(tombstoned()))
    };
    // A written assignment counts at any time; without one, time makes it.
    let bidding = || AssignedAt.is_null().and(BiddingDeadline.gt(now));
    match status {
        Status::Open => alive().add(
            Condition::any()
                .add(BestProver.is_null().and(ExpiresAt.gt(now)))
                .add(BestProver.is_not_null().and(bidding())),
        ),
        Status::Assigned => alive()
            .add(BestProver.is_not_null())
            .add(bidding().not())
            .add(ProvingDeadline.gt(now)),
        Status::Overdue => alive().add(bidding().not()).add(ProvingDeadline.lte(now)),
        Status::Fulfilled | Status::Cancelled => ended(status),
        Status::Expired => Condition::any()
            .add(ended(status))
            .add(alive().add(BestProver.is_null()).add(ExpiresAt.lte(now))),
        Status::Voided => Condition::any().add(ended(status)).add(
            Condition::all()
                .add(Outcome.is_null())
                .add(VerifierId.in_subquery(tombstoned())),
        ),
    }
}

/// Orders by position, newest first, and cuts out the page.
pub(crate) fn newest<E: EntityTrait>(
    query: Select<E>,
    block_number: E::Column,
    log_index: E::Column,
    page: Page,
) -> Result<Select<E>> {
    let mut query = query
        .order_by_desc(block_number)
        .order_by_desc(log_index)
        .limit(page.limit);
    if let Some(before) = page.before {
        query = query.filter(row_of(block_number, log_index).lt(values_of(before)?));
    }
    Ok(query)
}

/// The two columns of a position as one row value: databases find it in an index at once, where an `OR` makes them scan.
fn row_of<C: ColumnTrait>(block_number: C, log_index: C) -> Expr {
    Expr::tuple([
        block_number.into_simple_expr(),
        log_index.into_simple_expr(),
    ])
}

fn values_of(position: Position) -> Result<Expr> {
    Ok(Expr::tuple([
        Expr::value(signed("block_number", position.block_number)?),
        Expr::value(signed("log_index", position.log_index)?),
    ]))
}

pub(crate) fn convert<R, T: TryFrom<R, Error = StoreError>>(rows: Vec<R>) -> Result<Vec<T>> {
    rows.into_iter().map(TryInto::try_into).collect()
}
