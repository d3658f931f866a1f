use super::*;
use assay_market::{Amount, Kind, ModelId, Offer, Seconds, Terms, Timestamp, Word};

fn job(number: u8, due_at: u64) -> Job {
    let key = JobKey {
        request: RequestId([number; 32]),
        round: 1,
    };
    let terms = Terms {
        model_id: ModelId([9; 32]),
        kind: Kind::Inference,
        input_private: false,
        output_private: false,
        input_digest: Word([1; 32]),
        input_hash: Word([3; 32]),
        verifier_id: Word([2; 32]),
        offer: Offer {
            first_ceiling: Amount(1_000),
            ceiling_step: Amount::ZERO,
            max_price: Amount(1_000),
            instant_price: Amount(10),
            max_fee: Amount(5),
            bidding_window: Seconds(10),
            proving_window: Seconds(300),
            expires_at: Timestamp(10_000),
        },
        callback_gas: 0,
    };
    Job::discovered(key, terms, due_at, 100)
}

async fn open(dir: &Path, holder: &str) -> Jobs {
    Jobs::open(&dir.join("jobs.sqlite"), holder.to_owned())
        .await
        .unwrap()
}

#[tokio::test]
async fn rows_survive_and_come_back_earliest_deadline_first() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = open(dir.path(), "first").await;
    assert_eq!(jobs.cursor().await.unwrap(), None);
    assert_eq!(
        jobs.discover(&[job(1, 900), job(2, 500)], 43)
            .await
            .unwrap(),
        2
    );
    // Reading the same logs again adds nothing.
    assert_eq!(jobs.discover(&[job(1, 900)], 44).await.unwrap(), 0);

    let mut second = job(2, 500);
    second.stage = Stage::Submitting;
    second.price = Some(Amount(17));
    second.tx_hash = Some("0xab".into());
    assert!(jobs.lease(second.key, 100).await.unwrap());
    jobs.save(&second).await.unwrap();
    drop(jobs);

    let jobs = open(dir.path(), "second").await;
    assert_eq!(jobs.cursor().await.unwrap(), Some(44));
    assert_eq!(
        jobs.active().await.unwrap(),
        vec![second.clone(), job(1, 900)]
    );
    assert_eq!(jobs.get(second.key).await.unwrap(), Some(second));
}

#[tokio::test]
async fn finished_jobs_are_not_active() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = open(dir.path(), "one").await;
    jobs.discover(&[job(1, 900)], 2).await.unwrap();
    let mut over = job(1, 900);
    over.stage = Stage::Skipped;
    over.code = Some("S-PRICE".into());
    jobs.save(&over).await.unwrap();
    assert_eq!(jobs.active().await.unwrap(), vec![]);
    assert_eq!(jobs.of_request(over.key.request).await.unwrap(), vec![over]);
}

#[tokio::test]
async fn leased_job_belongs_to_its_holder_until_the_lease_ends() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path(), "first").await;
    let second = open(dir.path(), "second").await;
    first.discover(&[job(1, 900)], 2).await.unwrap();
    let key = job(1, 900).key;
    assert!(first.lease(key, 100).await.unwrap());
    assert!(!second.lease(key, 101).await.unwrap());
    assert!(matches!(
        second.save(&job(1, 900)).await,
        Err(JobsError::Leased(_))
    ));
    assert!(first.lease(key, 110).await.unwrap(), "the holder renews");
    assert!(second.lease(key, 110 + LEASE_SECS).await.unwrap());
}

#[tokio::test]
async fn leases_of_a_killed_process_are_void() {
    let dir = tempfile::tempdir().unwrap();
    let killed = open(dir.path(), "killed").await;
    killed.discover(&[job(1, 900)], 2).await.unwrap();
    assert!(killed.lease(job(1, 900).key, 100).await.unwrap());
    drop(killed);
    let restarted = open(dir.path(), "restarted").await;
    assert_eq!(restarted.release_stale_leases().await.unwrap(), 1);
    assert!(restarted.lease(job(1, 900).key, 101).await.unwrap());
}

#[tokio::test]
async fn database_of_another_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = open(dir.path(), "one").await;
    sqlx::query("PRAGMA user_version = 7")
        .execute(&jobs.pool)
        .await
        .unwrap();
    drop(jobs);
    let error = Jobs::open(&dir.path().join("jobs.sqlite"), "two".into())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            JobsError::Version {
                expected: 2,
                got: 7
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn jobs_that_bind_us_come_first_and_a_damaged_row_stops_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = open(dir.path(), "one").await;
    jobs.discover(&[job(1, 100), job(2, 200), job(3, 300)], 2)
        .await
        .unwrap();
    let mut bound = job(3, 300);
    bound.stage = Stage::Proving;
    jobs.save(&bound).await.unwrap();
    sqlx::query("UPDATE jobs SET stage = 'dreaming' WHERE due_at = 200")
        .execute(&jobs.pool)
        .await
        .unwrap();
    assert_eq!(jobs.active().await.unwrap(), vec![bound, job(1, 100)]);
}

#[test]
fn stages_of_the_queries_are_the_stages_of_the_type() {
    for name in ["settled", "skipped", "lost", "defaulted", "failed"] {
        assert!(Stage::parse(name).unwrap().is_terminal(), "{name}");
    }
    for name in ["bidding", "proving", "wrapping", "submitting"] {
        assert!(Stage::parse(name).unwrap().is_committed(), "{name}");
    }
}
