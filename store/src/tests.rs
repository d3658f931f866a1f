//! The same checks on SQLite and on PostgreSQL.

use assay_market::{
    Action, Address, Amount, Clock, Delivery, Effect, Kind, Listing, ModelId, Moment, Offer,
    Params, Request, RequestId, Seconds, Status, Terms, Timestamp, Word, open,
};
use sea_orm::ConnectionTrait;

use crate::records::*;
use crate::{RequestFilter, Store, StoreError};

const START: Timestamp = Timestamp(1_800_000_000);

async fn memory() -> Store {
    Store::open("sqlite::memory:")
        .await
        .expect("SQLite needs nothing")
}

#[tokio::test]
async fn sqlite_keeps_what_it_is_given() {
    check_all(&memory().await).await;
}

#[tokio::test]
async fn postgres_keeps_what_it_is_given() {
    let url = std::env::var("ASSAY_TEST_POSTGRES_URL")
        .expect("run it as `scripts/with-postgres.sh cargo test ...`, which starts PostgreSQL for the tests");
    check_all(&Store::open(&url).await.expect("the database is reachable")).await;
}

#[tokio::test]
async fn sqlite_file_is_made_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite://{}?mode=rwc",
        folder.path().join("assay.sqlite").display()
    );
    let store = Store::open(&url).await.unwrap();
    put(&store, |batch| {
        Box::pin(async move { batch.put_block(&block(7)).await })
    })
    .await;
    drop(store);
    assert_eq!(
        Store::open(&url).await.unwrap().head().await.unwrap(),
        Some(block(7))
    );
}

#[tokio::test]
async fn corrupt_row_is_named() {
    let store = memory().await;
    put(&store, |batch| {
        Box::pin(async move { batch.put_model(&model(1, 1)).await })
    })
    .await;
    store
        .db
        .execute_unprepared("UPDATE models SET fee = 'lots'")
        .await
        .unwrap();
    let error = store.model(model(1, 1).id).await.unwrap_err();
    let StoreError::Corrupt {
        table, column, got, ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!((table, column, got.as_str()), ("models", "fee", "lots"));
}

async fn check_all(store: &Store) {
    check_requests(store).await;
    check_pages(store).await;
    check_batches(store).await;
    check_rollback(store).await;
    check_owners(store).await;
    check_attestations(store).await;
    check_money(store).await;
    check_nonces(store).await;
    check_blobs(store).await;
}

/// A request round-trips at every stage of its life, and the database selects it by the domain's status at any time of
/// any clock, with and without a tombstone on its verifier.
async fn check_requests(store: &Store) {
    for tombstoned in [false, true] {
        let verifier = verifier(tombstoned.then_some(START));
        put(store, |batch| {
            Box::pin(async move { batch.put_verifier(&verifier).await })
        })
        .await;
        for (index, life) in lives().into_iter().enumerate() {
            for request in life {
                check_request(store, request, index as u64, tombstoned).await;
            }
        }
    }
    let mine = RequestFilter {
        requester: Some(account(1)),
        prover: Some(account(4)),
        ..Default::default()
    };
    assert_eq!(store.requests(mine, page(100)).await.unwrap().len(), 4);
    let other = RequestFilter {
        requester: Some(account(2)),
        ..Default::default()
    };
    assert!(store.requests(other, page(100)).await.unwrap().is_empty());
}

async fn check_request(store: &Store, request: Request, index: u64, tombstoned: bool) {
    let record = RequestRecord {
        request,
        bids: 7,
        created_at: START,
        position: position(100, index),
    };
    let written = record.clone();
    put(store, |batch| {
        Box::pin(async move { batch.put_request(&written).await })
    })
    .await;
    let id = record.request.id;
    assert_eq!(store.request(id).await.unwrap().as_ref(), Some(&record));
    for moment in moments(tombstoned) {
        let expected = record.request.status(moment);
        for status in Status::ALL {
            let filter = RequestFilter {
                status: Some((status, moment.now)),
                ..Default::default()
            };
            let found = store.requests(filter, page(100)).await.unwrap();
            let selected = found.iter().any(|found| found.request.id == id);
            assert_eq!(
                selected,
                status == expected,
                "{status:?} at {moment:?}: {record:?}"
            );
        }
    }
}

/// Times around every deadline of [`lives`], of a clock that never stopped, of one that stands, and of one that stood.
fn moments(tombstoned: bool) -> Vec<Moment> {
    let standing = Clock {
        paused_at: Some(START.after(Seconds(30))),
        ..Default::default()
    };
    let behind = Clock {
        behind: Seconds(9),
        ..Default::default()
    };
    let mut moments = Vec::new();
    for clock in [Clock::default(), standing, behind] {
        for seconds in [
            0, 4, 5, 29, 30, 31, 34, 35, 36, 124, 125, 149, 150, 151, 160, 310, 1_999, 2_000, 2_001,
        ] {
            let (now, paused) = clock.at(START.after(Seconds(seconds)));
            moments.push(Moment {
                now,
                paused,
                tombstoned,
            });
        }
    }
    moments
}

/// Pages are newest first and neither repeat nor leave out anything.
async fn check_pages(store: &Store) {
    for number in 1..=5 {
        put(store, |batch| {
            Box::pin(async move {
                batch
                    .put_model(&model(number, 3 + u64::from(number) / 2))
                    .await
            })
        })
        .await;
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let models = store.models(None, Page { limit: 2, before }).await.unwrap();
        let Some(last) = models.last() else { break };
        before = Some(last.position);
        seen.extend(models);
    }
    assert_eq!(
        seen,
        [5, 4, 3, 2, 1].map(|number| model(number, 3 + u64::from(number) / 2))
    );
    assert_eq!(store.models(Some(account(9)), page(9)).await.unwrap(), []);
    assert_eq!(
        store.models(Some(account(2)), page(9)).await.unwrap().len(),
        5
    );
}

/// A batch happens as a whole or not at all, and a log is written once.
async fn check_batches(store: &Store) {
    let batch = store.begin().await.unwrap();
    batch.put_block(&block(40)).await.unwrap();
    drop(batch);
    assert_eq!(store.head().await.unwrap(), None);
    let batch = store.begin().await.unwrap();
    batch.put_block(&block(40)).await.unwrap();
    assert!(
        batch
            .put_log(&log(40, 0, SubjectKind::Account))
            .await
            .unwrap()
    );
    assert!(
        !batch
            .put_log(&log(40, 0, SubjectKind::Account))
            .await
            .unwrap()
    );
    batch.commit().await.unwrap();
    assert_eq!(store.head().await.unwrap(), Some(block(40)));
    assert_eq!(store.block_at_or_below(99).await.unwrap(), Some(block(40)));
    assert_eq!(store.block_at_or_below(39).await.unwrap(), None);
    assert_eq!(
        store.logs_after(None, None, 10).await.unwrap(),
        [log(40, 0, SubjectKind::Account)]
    );
}

/// Rolling back forgets what followed from the removed blocks and says what to derive anew.
async fn check_rollback(store: &Store) {
    let prover = ProverRecord {
        address: account(5),
        age_recipient: "age1".into(),
        blob_endpoint: "http://prover".into(),
        updated_at: START,
        position: position(41, 1),
    };
    let written = prover.clone();
    put(store, |batch| {
        Box::pin(async move {
            for number in [41, 42] {
                batch.put_block(&block(number)).await?;
                batch.put_log(&log(number, 0, SubjectKind::Prover)).await?;
            }
            batch.put_log(&log(42, 1, SubjectKind::Model)).await?;
            batch.put_prover(&written).await
        })
    })
    .await;
    let batch = store.begin().await.unwrap();
    let mut subjects = batch.roll_back_to(41).await.unwrap();
    subjects.sort();
    assert_eq!(
        subjects,
        [
            log(42, 1, SubjectKind::Model).subject,
            log(42, 0, SubjectKind::Prover).subject
        ]
    );
    assert_eq!(
        batch.logs_of(&subjects[1]).await.unwrap(),
        [log(41, 0, SubjectKind::Prover)]
    );
    assert_eq!(batch.logs_of(&subjects[0]).await.unwrap(), []);
    assert_eq!(batch.block(42).await.unwrap(), None);
    batch.commit().await.unwrap();
    assert_eq!(store.prover(account(5)).await.unwrap(), None);
    assert_eq!(store.head().await.unwrap(), Some(block(41)));
    let after = store
        .logs_after(Some(position(40, 0)), Some((SubjectKind::Prover, None)), 9)
        .await
        .unwrap();
    assert_eq!(after, [log(41, 0, SubjectKind::Prover)]);
}

/// Attesters, verifiers and the clock are what was last written, and a rollback names them to be derived anew.
async fn check_owners(store: &Store) {
    let (present, removed) = (attester(5, None), attester(6, Some(START)));
    let stopped = Clock {
        paused_at: Some(START),
        lifted_at: Some(START.before(Seconds(9))),
        behind: Seconds(77),
    };
    put(store, |batch| {
        Box::pin(async move {
            for number in [51, 52] {
                batch.put_block(&block(number)).await?;
            }
            for (index, kind) in [SubjectKind::Attester, SubjectKind::Market]
                .into_iter()
                .enumerate()
            {
                batch.put_log(&log(52, index as u64, kind)).await?;
            }
            batch.put_attester(&attester(6, None)).await?;
            batch.put_attester(&present).await?;
            batch.put_attester(&removed).await?;
            batch.put_verifier(&verifier(Some(START))).await?;
            batch.put_clock(account(5), &stopped).await
        })
    })
    .await;
    assert_eq!(store.attesters(page(9)).await.unwrap(), [removed, present]);
    assert_eq!(
        store.verifiers(page(9)).await.unwrap(),
        [verifier(Some(START))]
    );
    let conditions = store.conditions(account(5)).await.unwrap();
    assert_eq!(conditions.clock, stopped);
    assert_eq!(conditions.tombstoned, [Word([7; 32])].into());
    assert_eq!(
        store.conditions(account(6)).await.unwrap().clock,
        Clock::default()
    );

    let batch = store.begin().await.unwrap();
    let mut subjects = batch.roll_back_to(51).await.unwrap();
    subjects.sort();
    let expected = [SubjectKind::Attester, SubjectKind::Market];
    assert_eq!(subjects, expected.map(|kind| log(52, 0, kind).subject));
    assert_eq!(batch.attester(account(5)).await.unwrap(), None);
    assert_eq!(batch.attester(account(6)).await.unwrap(), Some(removed));
    assert_eq!(batch.clock(account(5)).await.unwrap(), Clock::default());
    batch.commit().await.unwrap();
}

/// Words of present attesters count, in the order in which they were given.
async fn check_attestations(store: &Store) {
    let word = |attester| AttestationRecord {
        circuit: Word([4; 32]),
        attester: account(attester),
        card_hash: Word([5; 32]),
        attested_at: START.after(Seconds(attester.into())),
    };
    put(store, |batch| {
        Box::pin(async move {
            batch.put_attester(&attester(5, None)).await?;
            batch.put_attester(&attester(6, Some(START))).await?;
            // 7 was never added.
            for number in [5, 6, 7] {
                batch.put_attestation(&word(number)).await?;
            }
            Ok(())
        })
    })
    .await;
    let circuits = [Word([4; 32]), Word([9; 32])];
    assert_eq!(store.attestations(&circuits).await.unwrap(), [word(5)]);
    put(store, |batch| {
        Box::pin(async move { batch.put_attester(&attester(6, None)).await })
    })
    .await;
    assert_eq!(
        store.attestations(&circuits).await.unwrap(),
        [word(5), word(6)]
    );
}

/// The newest balance and consents count; a rollback takes the newest away and names no account.
async fn check_money(store: &Store) {
    let balance = |free, locked| BalanceRecord {
        free: Amount(free),
        locked: Amount(locked),
    };
    let consent = |module, allowance| ConsentRecord {
        module: account(module),
        allowance: Amount(allowance),
    };
    let owner = account(1);
    put(store, |batch| {
        Box::pin(async move {
            for number in [61, 62] {
                batch.put_block(&block(number)).await?;
            }
            batch.put_log(&log(62, 0, SubjectKind::Account)).await?;
            let first = balance(u128::MAX, 0);
            batch.put_balance(owner, &first, position(61, 3)).await?;
            let second = balance(4, 6);
            batch.put_balance(owner, &second, position(62, 0)).await?;
            assert_eq!(batch.balance(owner).await?, second);
            // A second change by the same event.
            let third = balance(5, 6);
            batch.put_balance(owner, &third, position(62, 0)).await?;
            for (record, at) in [
                (consent(9, 100), position(61, 0)),
                (consent(8, 100), position(61, 1)),
                (consent(9, 0), position(62, 1)),
            ] {
                batch.put_consent(owner, &record, at).await?;
            }
            Ok(())
        })
    })
    .await;
    assert_eq!(store.balance(owner).await.unwrap(), balance(5, 6));
    assert_eq!(
        store.consents(owner).await.unwrap(),
        [consent(8, 100), consent(9, 0)]
    );
    assert_eq!(store.balance(account(2)).await.unwrap(), balance(0, 0));
    assert_eq!(store.consents(account(2)).await.unwrap(), []);

    let batch = store.begin().await.unwrap();
    assert_eq!(batch.roll_back_to(61).await.unwrap(), []);
    batch.commit().await.unwrap();
    assert_eq!(store.balance(owner).await.unwrap(), balance(u128::MAX, 0));
    assert_eq!(
        store.consents(owner).await.unwrap(),
        [consent(8, 100), consent(9, 100)]
    );
}

fn attester(number: u8, removed_at: Option<Timestamp>) -> AttesterRecord {
    AttesterRecord {
        address: account(number),
        added_at: START,
        removed_at,
        position: position(52, number.into()),
    }
}

/// The verifier that every request of [`lives`] pins.
fn verifier(tombstoned_at: Option<Timestamp>) -> VerifierRecord {
    VerifierRecord {
        id: Word([7; 32]),
        adapter: account(8),
        added_at: START,
        tombstoned_at,
        position: position(1, 0),
    }
}

async fn check_nonces(store: &Store) {
    let later = START.after(Seconds(300));
    assert!(store.put_nonce("first", later, START, 2).await.unwrap());
    assert!(store.put_nonce("second", later, START, 2).await.unwrap());
    assert!(!store.put_nonce("third", later, START, 2).await.unwrap());
    assert!(store.take_nonce("first", START).await.unwrap());
    assert!(!store.take_nonce("first", START).await.unwrap());
    assert!(!store.take_nonce("second", later).await.unwrap());
    assert!(
        store
            .put_nonce("third", later.after(Seconds(9)), later, 1)
            .await
            .unwrap()
    );
}

async fn check_blobs(store: &Store) {
    let blob = |uploader, size_bytes| BlobRecord {
        digest: Word([uploader; 32]),
        size_bytes,
        encrypted: true,
        uploader: account(1),
        created_at: START,
    };
    store.put_blob(&blob(1, 10)).await.unwrap();
    store
        .put_blob(&BlobRecord {
            uploader: account(2),
            ..blob(1, 10)
        })
        .await
        .unwrap();
    store.put_blob(&blob(2, 20)).await.unwrap();
    assert_eq!(store.blob(Word([1; 32])).await.unwrap(), Some(blob(1, 10)));
    assert_eq!(store.blob(Word([9; 32])).await.unwrap(), None);
    assert_eq!(store.bytes_stored_by(account(1)).await.unwrap(), 30);
    assert_eq!(store.bytes_stored_by(account(2)).await.unwrap(), 0);
}

type Writes<'a> = std::pin::Pin<Box<dyn Future<Output = Result<(), StoreError>> + 'a>>;

async fn put(store: &Store, write: impl for<'a> FnOnce(&'a crate::Batch) -> Writes<'a>) {
    let batch = store.begin().await.unwrap();
    write(&batch).await.unwrap();
    batch.commit().await.unwrap();
}

fn account(number: u8) -> Address {
    Address([number; 20])
}

fn position(block_number: u64, log_index: u64) -> Position {
    Position {
        block_number,
        log_index,
    }
}

fn page(limit: u64) -> Page {
    Page {
        limit,
        before: None,
    }
}

fn block(number: u8) -> BlockRecord {
    BlockRecord {
        number: number.into(),
        hash: Word([number; 32]),
        parent_hash: Word([number - 1; 32]),
        timestamp: START.after(Seconds(number.into())),
    }
}

fn log(number: u8, log_index: u64, kind: SubjectKind) -> LogRecord {
    LogRecord {
        position: position(number.into(), log_index),
        block_hash: Word([number; 32]),
        tx_hash: Word([7; 32]),
        address: account(3),
        topics: vec![Word([1; 32]), Word([2; 32])],
        data: vec![1, 2, 3],
        name: "Happened".into(),
        subject: Subject {
            kind,
            id: account(5).to_string(),
        },
        payload: serde_json::json!({ "amount": "1" }),
    }
}

fn model(number: u8, block_number: u64) -> ModelRecord {
    ModelRecord {
        id: ModelId([number; 32]),
        provider: account(2),
        first: ModelId([1; 32]),
        commitment: Word([3; 32]),
        weights_private: true,
        circuits: vec![CircuitRecord {
            kind: Kind::Inference,
            input_private: false,
            output_private: false,
            circuit: Word([4; 32]),
        }],
        card_uri: "https://example.org/card.json".into(),
        card_hash: Word([5; 32]),
        fee: Amount(u128::MAX),
        sole_prover: Some(account(6)),
        proving_price: Amount(70_000),
        deprecated: false,
        registered_at: START,
        position: position(block_number, number.into()),
    }
}

/// Requests with every state they pass through.
fn lives() -> Vec<Vec<Request>> {
    let bid = |round| Action::Bid {
        prover: account(3 + round as u8),
        round,
        price: Amount(50_000),
    };
    let instant = Action::Bid {
        prover: account(4),
        round: 1,
        price: Amount(9_000),
    };
    let default = Action::DeclareDefault { caller: account(9) };
    let fulfill = |round| Action::Fulfill {
        round,
        delivery: Delivery {
            output_digest: Word([8; 32]),
            result: [7, u64::MAX, 0],
            output_hash: word("0xca358758f6d27e6cf45272937977a748fd88391db679ceda7dc7bf1f005ee879"),
            seal: vec![1; 256],
            output: vec![7],
        },
    };
    let close = Action::Close { caller: account(9) };
    vec![
        live(1, &[(0, bid(1)), (40, fulfill(1))]),
        live(
            2,
            &[
                (10, bid(1)),
                (160, default.clone()),
                (170, bid(2)),
                (400, default),
                (410, bid(3)),
                (440, fulfill(3)),
            ],
        ),
        live(3, &[(0, Action::Cancel { caller: account(1) })]),
        live(4, &[(2_000, close.clone())]),
        // The late bid extends bidding.
        live(5, &[(27, bid(1))]),
        // Assigned at once, and fulfilled late.
        live(6, &[(5, instant), (130, fulfill(1))]),
        void(live(7, &[(0, bid(1))]), &close),
    ]
}

/// Ends a life by a tombstone.
fn void(mut life: Vec<Request>, close: &Action) -> Vec<Request> {
    let at = Moment {
        tombstoned: true,
        ..Moment::at(START.after(Seconds(20)))
    };
    let last = life.last().expect("it begins with one");
    life.push(last.apply(close, &params(), at).expect("it is void").0);
    life
}

fn word(text: &str) -> Word {
    text.parse().expect("a word")
}

fn params() -> Params {
    Params {
        min_bidding_window: Seconds(1),
        min_proving_window: Seconds(1),
        extension: Seconds(5),
        grace: Seconds(10),
        late_fee_bps: 1_000,
        burned_floor: Amount(1),
        burned_bps: 5_000,
        reward_cap: Amount(100),
    }
}

fn live(number: u8, actions: &[(u64, Action)]) -> Vec<Request> {
    let listing = Listing {
        provider: account(2),
        deprecated: false,
        sole_prover: None,
        proving_price: Amount::ZERO,
        fee: Amount(1_000),
        header: 0x0101,
        circuit: Word([4; 32]),
        commitment: Word([3; 32]),
        verifier: account(8),
    };
    let offer = Offer {
        first_ceiling: Amount(60_000),
        ceiling_step: Amount(10_000),
        max_price: Amount(100_000),
        instant_price: Amount(10_000),
        max_fee: Amount(1_000),
        bidding_window: Seconds(30),
        proving_window: Seconds(120),
        expires_at: START.after(Seconds(2_000)),
    };
    let terms = Terms {
        model_id: ModelId([1; 32]),
        kind: Kind::Inference,
        input_private: false,
        output_private: false,
        input_digest: Word([6; 32]),
        input_hash: word("0x92e469e6f34332f611f46cc5371592264628458db80d2a9c40310daec8384d23"),
        verifier_id: Word([7; 32]),
        offer,
        callback_gas: 70_000,
    };
    let opened = open(
        RequestId([number; 32]),
        account(1),
        u64::MAX,
        terms,
        vec![0, 255, 7],
        true,
        &listing,
        &params(),
        Moment::at(START),
    );
    let mut life = vec![opened.expect("the terms are within their limits").0];
    for (seconds, action) in actions {
        let last = life.last().expect("it begins with one");
        let at = Moment::at(START.after(Seconds(*seconds)));
        let applied: Result<(Request, Vec<Effect>), _> = last.apply(action, &params(), at);
        life.push(applied.expect("the action is allowed").0);
    }
    life
}
