//! Things go wrong, and the money still goes where it should.

use std::process::Output;
use std::time::Duration;

use assay_cli::commands::request::make;
use assay_cli::stack::WorkerFlags;
use assay_market::{Amount, Event, Status};
use assay_prover::KernelPath;

use crate::scene::{FEE, FUNDS, MAX_PRICE, Scene, logged};

/// Long enough for a proof on a busy machine.
const PROVING_SECS: u64 = 900;

#[tokio::test(flavor = "multi_thread")]
async fn worker_that_wins_and_never_proves_is_slashed_and_the_other_fulfills() {
    let scene = Scene::new(false).await;
    let idle = scene.market.actor("idle", FUNDS).await.unwrap();
    let diligent = scene.market.actor("diligent", FUNDS).await.unwrap();
    // Its proof is made by scalar code from start to end, and is paid as every other.
    let models = scene.dir.path().join("models");
    let mut worker = scene
        .worker_with(WorkerFlags {
            kernels: Some(KernelPath::Portable),
            ..scene.worker_flags(&diligent, &models, false)
        })
        .await;
    logged(&mut worker, "kernels=portable").await;

    let request = scene
        .request(scene.model, 7, (10, PROVING_SECS, 7_200))
        .await;
    // Undercuts everybody, and then does nothing.
    idle.account.bid(request, 1, Amount(1)).await.unwrap();
    let assigned = scene.until(request, Status::Assigned, &mut worker).await;
    assert_eq!(assigned.best.unwrap().prover, idle.address());
    logged(&mut worker, "ASSIGNED-TO-ANOTHER").await;
    assert_eq!(
        scene.balance(&idle).await,
        (
            Amount(FUNDS.0 - assigned.made.snapshot.collateral.0),
            assigned.made.snapshot.collateral
        )
    );

    // Nobody but the worker says that deadline and grace passed, and it opens the next round by that.
    scene.market.anvil.skip(PROVING_SECS + 60).await.unwrap();
    scene.until(request, Status::Fulfilled, &mut worker).await;
    let fulfilled = scene.fulfilled(request).await;
    assert_eq!((fulfilled.round, fulfilled.prover), (2, diligent.address()));

    let events = scene.events(request).await;
    let (burned, bounty, reward) = events
        .iter()
        .find_map(|event| match event {
            Event::Defaulted {
                prover,
                burned,
                bounty,
                reward,
                caller,
                ..
            } => {
                assert_eq!((*prover, *caller), (idle.address(), diligent.address()));
                Some((*burned, *bounty, *reward))
            }
            _ => None,
        })
        .expect("the default was declared");
    let collateral = assigned.made.snapshot.collateral;
    assert_eq!(
        burned.0 + bounty.0 + reward.0,
        collateral.0,
        "the whole collateral is slashed"
    );
    assert_eq!(bounty.0, collateral.0 * 4 / 10);
    assert!(burned.0 >= collateral.0 / 2);
    assert_eq!(
        scene.balance(&idle).await,
        (Amount(FUNDS.0 - collateral.0), Amount::ZERO)
    );

    // The replacement gets its bid and the bounty; the requester pays the bid.
    let paid = fulfilled.price;
    assert!(paid < MAX_PRICE, "the bid is paid, not the limit");
    assert_eq!(
        (fulfilled.bounty, fulfilled.late_fee),
        (bounty, Amount::ZERO)
    );
    let expected = Amount(FUNDS.0 + paid.0 + bounty.0 + reward.0);
    assert_eq!(scene.balance(&diligent).await, (expected, Amount::ZERO));
    assert_eq!(scene.balance(&scene.provider).await, (FEE, Amount::ZERO));
    let spent = Amount(FUNDS.0 - paid.0 - FEE.0);
    assert_eq!(scene.balance(&scene.requester).await, (spent, Amount::ZERO));
    let everybody =
        [&idle, &diligent, &scene.requester, &scene.provider].map(|actor| actor.address());
    assert!(scene.market.conserved(&everybody).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_killed_while_proving_restarts_finishes_late_and_is_paid_less() {
    let scene = Scene::new(false).await;
    let prover = scene.market.actor("prover", FUNDS).await.unwrap();
    let mut worker = scene.worker(&prover).await;
    let request = scene
        .request(scene.model, 3, (3, PROVING_SECS, 7_200))
        .await;

    // Killed in the middle of the Plonky2 proof, and once more in the middle of wrapping.
    logged(&mut worker, "stage=prove").await;
    worker.kill();
    let mut worker = scene.worker(&prover).await;
    logged(&mut worker, "stage=outer").await;
    worker.kill();
    let proofs = worker.flags.data.join("proofs");
    assert_eq!(
        std::fs::read_dir(&proofs).unwrap().count(),
        1,
        "the Plonky2 proof is kept"
    );

    // It was away for too long, and nobody declared its default.
    scene.market.anvil.skip(PROVING_SECS + 1).await.unwrap();
    assert_eq!(scene.view(request).await.status, Status::Overdue);
    let mut worker = scene.worker(&prover).await;
    scene.until(request, Status::Fulfilled, &mut worker).await;
    assert!(
        worker.log().contains("continues with the kept proof"),
        "{}",
        worker.log()
    );
    let fulfilled = scene.fulfilled(request).await;
    assert_eq!(fulfilled.round, 1);
    let late_fee = fulfilled.price.0.div_ceil(10);
    assert_eq!(fulfilled.late_fee, Amount(late_fee));
    assert_eq!(
        scene.balance(&prover).await,
        (Amount(FUNDS.0 + fulfilled.price.0 - late_fee), Amount::ZERO)
    );
    // What the prover lost for being late is the requester's.
    let spent = Amount(FUNDS.0 - FEE.0 - (fulfilled.price.0 - late_fee));
    assert_eq!(scene.balance(&scene.requester).await, (spent, Amount::ZERO));

    logged(&mut worker, "PAID").await;
    // What leaks the weights is deleted after settlement.
    for _ in 0..50 {
        if std::fs::read_dir(&proofs).unwrap().count() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the Plonky2 proof is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_and_cancelled_requests_are_refunded_in_full() {
    let scene = Scene::new(false).await;
    let escrow = Amount(MAX_PRICE.0 + FEE.0);
    let rest = Amount(FUNDS.0 - escrow.0);

    let cancelled = scene.request(scene.model, 0, (10, 60, 600)).await;
    assert_eq!(scene.balance(&scene.requester).await, (rest, escrow));
    scene.requester.account.cancel(cancelled).await.unwrap();
    assert_eq!(scene.view(cancelled).await.status, Status::Cancelled);
    assert_eq!(scene.balance(&scene.requester).await, (FUNDS, Amount::ZERO));

    let expired = scene.request(scene.model, 0, (10, 60, 600)).await;
    let early = scene.requester.account.close(expired).await.unwrap_err();
    assert_eq!(early.refusal_name(), Some("NotExpired"), "{early}");
    scene.market.anvil.skip(601).await.unwrap();
    assert_eq!(
        scene.view(expired).await.status,
        Status::Expired,
        "by time alone"
    );
    // The requester's own transaction, nobody else's.
    scene.requester.account.close(expired).await.unwrap();
    assert_eq!(scene.balance(&scene.requester).await, (FUNDS, Amount::ZERO));
    let address = scene.requester.address();
    scene
        .requester
        .account
        .withdraw(address, FUNDS)
        .await
        .unwrap();
    assert_eq!(
        scene.market.chain.token_balance(address).await.unwrap(),
        FUNDS
    );
    assert!(scene.market.conserved(&[address]).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn request_that_expires_while_overdue_is_refunded_in_full_and_the_prover_slashed() {
    let scene = Scene::new(false).await;
    let idle = scene.market.actor("idle", FUNDS).await.unwrap();
    let request = scene.request(scene.model, 0, (10, 60, 600)).await;
    idle.account.bid(request, 1, Amount(1)).await.unwrap();
    scene.market.anvil.skip(120).await.unwrap();
    let overdue = scene.view(request).await;
    assert_eq!(overdue.status, Status::Overdue, "nobody declares it");
    let early = scene.requester.account.close(request).await.unwrap_err();
    assert_eq!(early.refusal_name(), Some("NotExpired"), "{early}");

    scene.market.anvil.skip(600).await.unwrap();
    assert_eq!(scene.view(request).await.status, Status::Overdue);
    // The requester's own transaction, nobody else's.
    scene.requester.account.close(request).await.unwrap();
    assert_eq!(scene.view(request).await.status, Status::Expired);
    assert_eq!(scene.balance(&scene.requester).await, (FUNDS, Amount::ZERO));
    let rest = Amount(FUNDS.0 - overdue.made.snapshot.collateral.0);
    assert_eq!(scene.balance(&idle).await, (rest, Amount::ZERO));

    let ended: Vec<Event> = scene
        .events(request)
        .await
        .into_iter()
        .filter(|event| matches!(event, Event::Defaulted { .. } | Event::Expired { .. }))
        .collect();
    let [
        Event::Defaulted {
            prover,
            caller,
            burned,
            reward,
            ..
        },
        Event::Expired { refund, .. },
    ] = &ended[..]
    else {
        panic!("{ended:?}");
    };
    assert_eq!(
        (*prover, *caller),
        (idle.address(), scene.requester.address())
    );
    // Whoever asked does not earn from the default.
    assert_eq!(
        (*burned, *reward),
        (overdue.made.snapshot.collateral, Amount::ZERO)
    );
    assert_eq!(refund.0, MAX_PRICE.0 + FEE.0);
    let everybody = [&idle, &scene.requester, &scene.provider].map(|actor| actor.address());
    assert!(scene.market.conserved(&everybody).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_reprices_and_retires_a_model_from_the_command_line() {
    let scene = Scene::new(false).await;
    let id = scene.model.to_string();
    let ask = scene.ask(0, (10, 60, 600));
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let stranger = scene.assay(&scene.requester, &["model", "prices", &id, "--fee", "0.2"]);
    assert!(
        said(&stranger).contains("NotProvider"),
        "{}",
        said(&stranger)
    );
    let open = scene.assay(
        &scene.provider,
        &["model", "prices", &id, "--proving-price", "1"],
    );
    assert!(
        said(&open).contains("open to every prover"),
        "{}",
        said(&open)
    );
    let priced = scene.assay(&scene.provider, &["model", "prices", &id, "--fee", "0.2"]);
    assert!(priced.status.success(), "{}", said(&priced));
    let listed = scene.market.chain.model(scene.model).await.unwrap();
    assert_eq!(listed.registration.fee, Amount(2 * FEE.0));
    let dear = make(&scene.requester.account, &ask).await.unwrap_err();
    assert!(format!("{dear:#}").contains("FeeTooHigh"), "{dear:#}");

    let retired = scene.assay(&scene.provider, &["model", "deprecate", &id]);
    assert!(retired.status.success(), "{}", said(&retired));
    let late = make(&scene.requester.account, &ask).await.unwrap_err();
    assert!(
        format!("{late:#}").contains("ModelIsDeprecated"),
        "{late:#}"
    );
    let again = scene.assay(&scene.provider, &["model", "deprecate", &id]);
    assert!(
        said(&again).contains("AlreadyDeprecated"),
        "{}",
        said(&again)
    );
}
