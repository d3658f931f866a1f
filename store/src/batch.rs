//! Writing what was read from the chain: all of a block, or nothing of it.

use assay_market::{Address, RequestId, Word};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, Iterable, PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect,
    TransactionTrait,
};

use crate::entities::{
    attestation, attester, balance, bid, block, clock, consent, log, model, proof, prover, request,
    verifier,
};
use crate::error::Result;
use crate::records::{
    AttestationRecord, BidRecord, BlockRecord, LogRecord, ModelRecord, ProofRecord, ProverRecord,
    RequestRecord, Subject, SubjectKind,
};
use crate::rows::{
    attestation_row, bid_row, block_row, log_row, model_row, proof_row, prover_row, request_row,
    signed,
};
use crate::store::Store;

/// Writes that happen together. Dropped without [`Batch::commit`], none of them happened.
#[derive(Debug)]
pub struct Batch {
    pub(crate) txn: DatabaseTransaction,
}

impl Store {
    /// Begins a batch of writes.
    ///
    /// On SQLite no other method of the store may be awaited before the batch ends: there is one connection.
    ///
    /// # Errors
    /// [`crate::StoreError::Database`] if the database refuses.
    pub async fn begin(&self) -> Result<Batch> {
        Ok(Batch {
            txn: self.db.begin().await?,
        })
    }
}

impl Batch {
    /// Makes all writes of the batch happen.
    pub async fn commit(self) -> Result<()> {
        Ok(self.txn.commit().await?)
    }

    /// Writes a block's header.
    pub async fn put_block(&self, record: &BlockRecord) -> Result<()> {
        upsert::<block::Entity, _>(&self.txn, block_row(record)?).await
    }

    /// Writes a log. Returns false if it is there already.
    pub async fn put_log(&self, record: &LogRecord) -> Result<bool> {
        let row = log_row(record)?;
        let keep = OnConflict::columns([log::Column::BlockHash, log::Column::LogIndex])
            .do_nothing()
            .to_owned();
        let written = log::Entity::insert(row)
            .on_conflict(keep)
            .try_insert()
            .exec_without_returning(&self.txn)
            .await?;
        Ok(matches!(written, sea_orm::TryInsertResult::Inserted(1..)))
    }

    /// Writes a model, over an earlier record of it.
    pub async fn put_model(&self, record: &ModelRecord) -> Result<()> {
        upsert::<model::Entity, _>(&self.txn, model_row(record)?).await
    }

    /// Returns a model.
    pub async fn model(&self, id: assay_market::ModelId) -> Result<Option<ModelRecord>> {
        let row = model::Entity::find_by_id(id.to_string())
            .one(&self.txn)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Writes an attester's word.
    pub async fn put_attestation(&self, record: &AttestationRecord) -> Result<()> {
        upsert::<attestation::Entity, _>(&self.txn, attestation_row(record)?).await
    }

    /// Takes an attester's word for a circuit back.
    pub async fn remove_attestation(&self, circuit: Word, attester: Address) -> Result<()> {
        let key = (circuit.to_string(), attester.to_string());
        attestation::Entity::delete_by_id(key)
            .exec(&self.txn)
            .await?;
        Ok(())
    }

    /// Writes a prover's record, over an earlier one.
    pub async fn put_prover(&self, record: &ProverRecord) -> Result<()> {
        upsert::<prover::Entity, _>(&self.txn, prover_row(record)?).await
    }

    /// Takes a prover's record back.
    pub async fn remove_prover(&self, address: Address) -> Result<()> {
        prover::Entity::delete_by_id(address.to_string())
            .exec(&self.txn)
            .await?;
        Ok(())
    }

    /// Writes a request's state.
    pub async fn put_request(&self, record: &RequestRecord) -> Result<()> {
        upsert::<request::Entity, _>(&self.txn, request_row(record)?).await
    }

    /// Returns a request.
    pub async fn request(&self, id: RequestId) -> Result<Option<RequestRecord>> {
        let row = request::Entity::find_by_id(id.to_string())
            .one(&self.txn)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Writes a bid.
    pub async fn put_bid(&self, record: &BidRecord) -> Result<()> {
        upsert::<bid::Entity, _>(&self.txn, bid_row(record)?).await
    }

    /// Writes a delivered proof.
    pub async fn put_proof(&self, record: &ProofRecord) -> Result<()> {
        upsert::<proof::Entity, _>(&self.txn, proof_row(record)?).await
    }

    /// Forgets every block and log above `number`, and everything that was derived about their subjects. Returns the
    /// subjects: whoever calls derives them anew from the logs that are left ([`Batch::logs_of`]). Accounts are not among
    /// them: their history is kept, and loses its end.
    pub async fn roll_back_to(&self, number: u64) -> Result<Vec<Subject>> {
        let number = signed("block_number", number)?;
        let above = log::Column::BlockNumber.gt(number);
        let pairs: Vec<(String, String)> = log::Entity::find()
            .select_only()
            .columns([log::Column::SubjectKind, log::Column::Subject])
            .distinct()
            .filter(above.clone())
            .into_tuple()
            .all(&self.txn)
            .await?;
        log::Entity::delete_many()
            .filter(above)
            .exec(&self.txn)
            .await?;
        block::Entity::delete_many()
            .filter(block::Column::Number.gt(number))
            .exec(&self.txn)
            .await?;
        balance::Entity::delete_many()
            .filter(balance::Column::BlockNumber.gt(number))
            .exec(&self.txn)
            .await?;
        consent::Entity::delete_many()
            .filter(consent::Column::BlockNumber.gt(number))
            .exec(&self.txn)
            .await?;
        let mut subjects = Vec::with_capacity(pairs.len());
        for (kind, id) in pairs {
            let Some(kind) = SubjectKind::ALL
                .into_iter()
                .find(|known| known.as_str() == kind)
            else {
                continue;
            };
            if kind == SubjectKind::Account {
                continue;
            }
            let subject = Subject { kind, id };
            self.forget(&subject).await?;
            subjects.push(subject);
        }
        Ok(subjects)
    }

    /// Returns the logs about a subject, oldest first.
    pub async fn logs_of(&self, subject: &Subject) -> Result<Vec<LogRecord>> {
        let rows = log::Entity::find()
            .filter(log::Column::SubjectKind.eq(subject.kind.as_str()))
            .filter(log::Column::Subject.eq(&subject.id))
            .order_by_asc(log::Column::BlockNumber)
            .order_by_asc(log::Column::LogIndex)
            .all(&self.txn)
            .await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Returns the header of an indexed block.
    pub async fn block(&self, number: u64) -> Result<Option<BlockRecord>> {
        let row = block::Entity::find_by_id(signed("number", number)?)
            .one(&self.txn)
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    async fn forget(&self, subject: &Subject) -> Result<()> {
        let (db, id) = (&self.txn, subject.id.clone());
        match subject.kind {
            SubjectKind::Request => {
                proof::Entity::delete_many()
                    .filter(proof::Column::RequestId.eq(&id))
                    .exec(db)
                    .await?;
                bid::Entity::delete_many()
                    .filter(bid::Column::RequestId.eq(&id))
                    .exec(db)
                    .await?;
                request::Entity::delete_many()
                    .filter(request::Column::Id.eq(id))
                    .exec(db)
                    .await?;
            }
            SubjectKind::Model => {
                model::Entity::delete_many()
                    .filter(model::Column::Id.eq(id))
                    .exec(db)
                    .await?;
            }
            SubjectKind::Circuit => {
                attestation::Entity::delete_many()
                    .filter(attestation::Column::Circuit.eq(id))
                    .exec(db)
                    .await?;
            }
            SubjectKind::Prover => {
                prover::Entity::delete_many()
                    .filter(prover::Column::Address.eq(id))
                    .exec(db)
                    .await?;
            }
            SubjectKind::Attester => {
                attester::Entity::delete_many()
                    .filter(attester::Column::Address.eq(id))
                    .exec(db)
                    .await?;
            }
            SubjectKind::Verifier => {
                verifier::Entity::delete_many()
                    .filter(verifier::Column::Id.eq(id))
                    .exec(db)
                    .await?;
            }
            SubjectKind::Market => {
                clock::Entity::delete_many()
                    .filter(clock::Column::Market.eq(id))
                    .exec(db)
                    .await?;
            }
            // Nothing is derived about modules beyond their logs; accounts have a history.
            SubjectKind::Module | SubjectKind::Account => {}
        }
        Ok(())
    }
}

/// Inserts a row, or overwrites the one with its key: indexing the same log twice changes nothing.
pub(crate) async fn upsert<E, A>(db: &impl ConnectionTrait, row: A) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = E> + Send,
{
    let keys = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    let overwrite = OnConflict::columns(keys)
        .update_columns(E::Column::iter())
        .to_owned();
    E::insert(row)
        .on_conflict(overwrite)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
