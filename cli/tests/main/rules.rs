//! The market's finer rules, with real workers, real proofs and real contracts.

use std::time::{Duration, Instant};

use assay_chain::alloy::primitives::{Address as AbiAddress, Bytes, U256};
use assay_chain::alloy::providers::Provider;
use assay_chain::alloy::sol_types::SolCall;
use assay_chain::bindings::{Vault, VerifierRegistry};
use assay_chain::{EventBody, ProverPolicy, provider, request_calldata};
use assay_cli::commands::model::registration;
use assay_cli::commands::request::{Ask, make, public_terms};
use assay_cli::root;
use assay_cli::signed_card::SignedCard;
use assay_cli::stack::Actor;
use assay_market::{Address, Amount, Event, RequestId, Status, Timestamp, Word};
use serde_json::{Value, json};

use crate::refusals::{refused, skipped};
use crate::scene::{FEE, FUNDS, MAX_PRICE, PATIENCE, Scene};

/// Long enough for a proof on a busy machine.
const PROVING_SECS: u64 = 900;

/// Sends a transaction of an account that the development chain signs for: a contract's, or the owner's.
async fn send_as(scene: &Scene, from: AbiAddress, to: AbiAddress, data: Vec<u8>) -> Value {
    let node = provider(scene.market.anvil.url()).unwrap();
    let _: Value = node
        .raw_request("anvil_impersonateAccount".into(), (from,))
        .await
        .unwrap();
    let balance = U256::from(10u64).pow(U256::from(19u64));
    let _: Value = node
        .raw_request("anvil_setBalance".into(), (from, balance))
        .await
        .unwrap();
    let transaction = json!({ "from": from, "to": to, "data": Bytes::from(data) });
    mined(scene, transaction).await
}

/// Sends a transaction and waits for its receipt, which says that it worked.
async fn mined(scene: &Scene, transaction: Value) -> Value {
    let node = provider(scene.market.anvil.url()).unwrap();
    let hash: Value = node
        .raw_request("eth_sendTransaction".into(), (transaction,))
        .await
        .unwrap();
    let began = Instant::now();
    loop {
        let receipt: Value = node
            .raw_request("eth_getTransactionReceipt".into(), (hash.clone(),))
            .await
            .unwrap();
        if !receipt.is_null() {
            assert_eq!(receipt["status"], "0x1", "{receipt}");
            return receipt;
        }
        assert!(began.elapsed() < PATIENCE, "not mined");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Deploys a contract of the contracts' tests.
async fn deploy(scene: &Scene, file: &str, name: &str) -> AbiAddress {
    let artifact = root::find()
        .unwrap()
        .join(format!("contracts/out/{file}/{name}.json"));
    let artifact: Value = serde_json::from_slice(&std::fs::read(artifact).unwrap()).unwrap();
    let code = artifact["bytecode"]["object"].as_str().unwrap();
    let node = provider(scene.market.anvil.url()).unwrap();
    let accounts: Vec<AbiAddress> = node.raw_request("eth_accounts".into(), ()).await.unwrap();
    let receipt = mined(scene, json!({ "from": accounts[0], "data": code })).await;
    receipt["contractAddress"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

/// Who deployed the contracts owns them.
async fn owner(scene: &Scene) -> AbiAddress {
    let node = provider(scene.market.anvil.url()).unwrap();
    let accounts: Vec<AbiAddress> = node.raw_request("eth_accounts".into(), ()).await.unwrap();
    accounts[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_served_gets_a_skip_code_and_costs_nobody_anything() {
    let scene = Scene::new(false).await;
    let chain = &scene.market.chain;
    let prover = scene.market.actor("prover", FUNDS).await.unwrap();
    let mut worker = scene.worker(&prover).await;

    // Somebody registers the same commitment, circuit and card again, for nothing.
    let copier = scene.market.actor("copier", Amount::ZERO).await.unwrap();
    let copied = registration(
        &scene.files,
        "sha256:copied".into(),
        Amount::ZERO,
        ProverPolicy::Open,
    )
    .unwrap();
    let (copy, _) = copier.account.register_model(&copied).await.unwrap();
    assert_ne!(copy, scene.model);
    let request = scene.request(copy, 0, (5, 600, 3_600)).await;
    skipped(&scene, &mut worker, request, "S-LISTING-NOT-SERVED").await;

    // People are told, and the card still names whom it was copied from.
    let (copy_text, first) = (copy.to_string(), scene.model.to_string());
    let shown = scene.assay(&copier, &["model", "show", &copy_text, "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["copy_of"], first.as_str());
    let shown = scene.assay(&copier, &["model", "show", &first, "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["copy_of"], Value::Null);
    let card = scene.files.signed_card_path();
    let card = card.to_str().unwrap();
    let check = |model: &str| {
        scene.assay(
            &scene.requester,
            &["circuit", "check", card, "--model", model],
        )
    };
    assert!(check(&first).status.success());
    refused(&check(&copy_text), &["copied card"]);
    let signed = SignedCard::read(&scene.files.signed_card_path())
        .unwrap()
        .unwrap();
    assert_eq!(signed.provider, scene.provider.address());

    // Bytes that do not open the commitment, and bytes that are no input of this model.
    let ask = scene.ask(0, (5, 600, 3_600));
    let (mut terms, input) = public_terms(chain, &ask).await.unwrap();
    terms.input_digest = Word([7; 32]);
    let account = &scene.requester.account;
    let (request, _) = account.request(&terms, 1, &input).await.unwrap();
    skipped(&scene, &mut worker, request, "S-INPUT-MISMATCH").await;
    let (mut terms, input) = public_terms(chain, &ask).await.unwrap();
    let short = &input[..10];
    terms.input_hash = assay_client::envelope::blob_digest(short);
    let (request, _) = account.request(&terms, 2, short).await.unwrap();
    skipped(&scene, &mut worker, request, "S-INPUT-MISMATCH").await;
    assert_eq!(scene.balance(&prover).await, (FUNDS, Amount::ZERO));

    // A prover that consents to nothing binds itself to nothing.
    prover.account.consent(Amount(1)).await.unwrap();
    let request = scene.request(scene.model, 0, (5, 600, 3_600)).await;
    skipped(&scene, &mut worker, request, "NO-CONSENT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn request_without_bids_is_offered_for_more_and_sold_while_the_api_is_down() {
    let mut scene = Scene::new(true).await;
    let prover = scene.market.actor("prover", FUNDS).await.unwrap();
    let models = scene.dir.path().join("models");
    let mut worker = scene.worker_for(&prover, &models, true).await;
    scene.market.stop_api();

    // A hundredth of a token is less than anybody's cost.
    let ask = Ask {
        first_ceiling: Some(Amount(10_000)),
        ceiling_step: Some(Amount(300_000)),
        ..scene.ask(11, (3, PROVING_SECS, 7_200))
    };
    let (request, _) = make(&scene.requester.account, &ask).await.unwrap();
    scene.until(request, Status::Fulfilled, &mut worker).await;
    assert!(worker.log().contains("UNDER-FLOOR"), "{}", worker.log());
    let events = scene.events(request).await;
    let opened = events.iter().find_map(|event| match event {
        Event::Requested { opened_at, .. } => Some(*opened_at),
        _ => None,
    });
    let first_bid = events.iter().find_map(|event| match event {
        Event::BidPlaced {
            bidding_deadline,
            price,
            ..
        } => Some((*bidding_deadline, *price)),
        _ => None,
    });
    let ((deadline, price), opened) = (first_bid.unwrap(), opened.unwrap());
    assert!(deadline.since(opened).0 > 3, "not in the first window");
    assert!(Amount(10_000) < price && price < MAX_PRICE, "{price}");
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::RoundOpened { .. })),
        "in the same round"
    );
    let paid = scene.fulfilled(request).await.price;
    let earned = Amount(FUNDS.0 + paid.0);
    assert_eq!(scene.balance(&prover).await, (earned, Amount::ZERO));
}

#[tokio::test(flavor = "multi_thread")]
async fn consumer_contract_gets_its_callback_and_a_hostile_one_harms_nobody() {
    let scene = Scene::new(false).await;
    let prover = scene.market.actor("prover", FUNDS).await.unwrap();
    let mut worker = scene.worker(&prover).await;
    let mut earned = FUNDS;
    for (name, takes) in [("RecordingConsumer", true), ("BurningConsumer", false)] {
        let consumer = deploy(&scene, "Consumers.sol", name).await;
        let request = request_of(&scene, consumer).await;
        scene.until(request, Status::Fulfilled, &mut worker).await;
        let events = scene.events(request).await;
        let called = events.iter().find_map(|event| match event {
            Event::CallbackMade {
                consumer,
                succeeded,
            } => Some((consumer.0, *succeeded)),
            _ => None,
        });
        assert_eq!(called, Some((consumer.into_array(), takes)), "{name}");
        // Paid, whatever the consumer did.
        earned = Amount(earned.0 + scene.fulfilled(request).await.price.0);
        assert_eq!(scene.balance(&prover).await, (earned, Amount::ZERO));
        if takes {
            let node = provider(scene.market.anvil.url()).unwrap();
            // Slot 0 counts the calls.
            let calls: U256 = node.get_storage_at(consumer, U256::ZERO).await.unwrap();
            assert_eq!(calls, U256::from(1));
        }
    }
}

/// Makes a request of a contract, which is called back.
async fn request_of(scene: &Scene, consumer: AbiAddress) -> RequestId {
    let chain = &scene.market.chain;
    let deployment = chain.deployment();
    // Anybody may deposit for anybody; the requester of the scene does.
    let account = &scene.requester.account;
    account
        .withdraw(scene.requester.address(), Amount(5_000_000))
        .await
        .unwrap();
    account
        .deposit_for(Address(consumer.into_array()), Amount(5_000_000))
        .await
        .unwrap();
    let consent = Vault::consentCall {
        module: deployment.market,
        allowance: assay_chain::alloy::primitives::aliases::U96::MAX,
    };
    send_as(scene, consumer, deployment.vault, consent.abi_encode()).await;
    let ask = scene.ask(2, (3, PROVING_SECS, 7_200));
    let (mut terms, input) = public_terms(chain, &ask).await.unwrap();
    terms.callback_gas = 200_000;
    let data = request_calldata(&terms, 1, &input);
    send_as(scene, consumer, deployment.market, data).await;
    let head = chain.latest().await.unwrap().number;
    let events = chain.market_events(0, head).await.unwrap();
    let made = events.iter().rev().find_map(|event| match &event.body {
        EventBody::Market {
            request,
            event: Event::Requested { requester, .. },
        } if requester.0 == consumer.into_array() => Some(*request),
        _ => None,
    });
    made.expect("the contract made a request")
}

#[tokio::test(flavor = "multi_thread")]
async fn tombstone_refunds_everybody_in_every_state() {
    let scene = Scene::new(false).await;
    let [alice, bob] = [
        scene.market.actor("alice", FUNDS).await.unwrap(),
        scene.market.actor("bob", FUNDS).await.unwrap(),
    ];
    let requests = in_every_state(&scene, &alice, &bob).await;
    assert_eq!(requests.len(), 10);

    let chain = &scene.market.chain;
    let (sunk, slashed) = (chain.sink().await.unwrap(), scene.balance(&alice).await);
    let burned_before = chain.balance(sunk).await.unwrap().free;
    let waiting: u128 = {
        let mut bounties = 0;
        for &(request, _) in &requests {
            bounties += scene.view(request).await.bounty.0;
        }
        bounties
    };
    assert!(waiting > 0, "a bounty waits");
    let call = VerifierRegistry::tombstoneCall {
        verifierId: chain.verifier_id().await.unwrap().0.into(),
    };
    let registry = chain.deployment().verifier_registry;
    send_as(&scene, owner(&scene).await, registry, call.abi_encode()).await;

    for &(request, status) in &requests {
        let over = matches!(status, Status::Cancelled);
        let expected = if over { status } else { Status::Voided };
        assert_eq!(scene.view(request).await.status, expected);
        if over {
            continue;
        }
        let late = bob.account.bid(request, 1, Amount(1)).await.unwrap_err();
        let name = late.refusal_name();
        assert!(matches!(name, Some("WrongStatus" | "WrongRound")), "{late}");
        // Anybody may write down what is so already.
        alice.account.close(request).await.unwrap();
    }
    // Everybody has back what they put in; what defaulted before is gone, to the sink and not to anybody here.
    assert_eq!(scene.balance(&scene.requester).await.1, Amount::ZERO);
    assert_eq!(scene.balance(&bob).await.1, Amount::ZERO);
    assert_eq!(scene.balance(&alice).await.1, Amount::ZERO);
    assert!(
        scene.balance(&alice).await.0 >= slashed.0,
        "nobody is slashed"
    );
    let requester = chain.balance(scene.requester.address()).await.unwrap().free;
    assert_eq!(requester, FUNDS);
    let burned = chain.balance(sunk).await.unwrap().free.0 - burned_before.0;
    assert_eq!(burned, waiting, "only bounties that nobody earned");
    let everybody = [&alice, &bob, &scene.requester, &scene.provider].map(|actor| actor.address());
    assert!(scene.market.conserved(&everybody).await.unwrap());
    let refusal = make(&scene.requester.account, &scene.ask(0, (10, 60, 600)))
        .await
        .unwrap_err();
    let said = format!("{refusal:#}");
    assert!(said.contains("VerifierIsTombstoned"), "{said}");
}

/// Ten requests: open, with bids, assigned at once and by time, overdue, in a second round with and without a bid,
/// cancelled, expired.
async fn in_every_state(scene: &Scene, alice: &Actor, bob: &Actor) -> Vec<(RequestId, Status)> {
    let anvil = &scene.market.anvil;
    let long = (10, 60, 5_000);
    let bid = async |who: &Actor, request, round, price| {
        who.account
            .bid(request, round, Amount(price))
            .await
            .unwrap();
    };
    // First what needs time to pass.
    let overdue = scene.request(scene.model, 0, long).await;
    bid(alice, overdue, 1, 1_000).await;
    let second = scene.request(scene.model, 0, long).await;
    bid(alice, second, 1, 1_000).await;
    let second_with_bid = scene.request(scene.model, 0, long).await;
    bid(alice, second_with_bid, 1, 1_000).await;
    let expired = scene.request(scene.model, 0, (10, 60, 120)).await;
    anvil.skip(200).await.unwrap();
    for request in [second, second_with_bid] {
        bob.account.declare_default(request).await.unwrap();
    }
    bid(bob, second_with_bid, 2, 1_000).await;

    let slow = (1_000, 600, 5_000);
    let open = scene.request(scene.model, 0, slow).await;
    let one_bid = scene.request(scene.model, 0, slow).await;
    bid(alice, one_bid, 1, 2_000).await;
    let outbid = scene.request(scene.model, 0, slow).await;
    bid(alice, outbid, 1, 2_000).await;
    bid(bob, outbid, 1, 1_000).await;
    let cancelled = scene.request(scene.model, 0, slow).await;
    scene.requester.account.cancel(cancelled).await.unwrap();
    let by_time = scene.request(scene.model, 0, (2, 600, 5_000)).await;
    bid(alice, by_time, 1, 1_000).await;
    let ask = Ask {
        instant_price: Amount(1_000),
        ..scene.ask(0, slow)
    };
    let (at_once, _) = make(&scene.requester.account, &ask).await.unwrap();
    bid(bob, at_once, 1, 1_000).await;
    anvil.skip(10).await.unwrap();

    let states = vec![
        (open, Status::Open),
        (one_bid, Status::Open),
        (outbid, Status::Open),
        (by_time, Status::Assigned),
        (at_once, Status::Assigned),
        (overdue, Status::Overdue),
        (second, Status::Open),
        (second_with_bid, Status::Open),
        (cancelled, Status::Cancelled),
        (expired, Status::Expired),
    ];
    for &(request, status) in &states[..7] {
        assert_eq!(scene.view(request).await.status, status);
    }
    assert_eq!(scene.view(expired).await.status, Status::Expired);
    states
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_requests_and_bids_are_carried_by_anybody() {
    let scene = Scene::new(false).await;
    let chain = &scene.market.chain;
    let prover = scene.market.actor("prover", FUNDS).await.unwrap();
    let carrier = scene.market.actor("carrier", Amount::ZERO).await.unwrap();
    let until = Timestamp(chain.latest().await.unwrap().timestamp + 600);

    let ask = scene.ask(0, (100, 600, 3_600));
    let (terms, input) = public_terms(chain, &ask).await.unwrap();
    let requester = &scene.requester.account;
    let signed = requester
        .sign_request(&terms, 1, &input, until)
        .await
        .unwrap();
    let (request, _) = carrier.account.relay_request(&signed).await.unwrap();
    let made = scene.view(request).await.made;
    assert_eq!(made.requester, scene.requester.address());
    let escrow = Amount(MAX_PRICE.0 + FEE.0);
    assert_eq!(scene.balance(&scene.requester).await.1, escrow);
    let again = carrier.account.relay_request(&signed).await.unwrap_err();
    assert_eq!(again.refusal_name(), Some("RequestExists"), "{again}");
    let mut bent = signed.clone();
    bent.nonce = 2;
    let bent = carrier.account.relay_request(&bent).await.unwrap_err();
    assert_eq!(bent.refusal_name(), Some("InvalidSignature"), "{bent}");

    let bid = prover
        .account
        .sign_bid(request, 1, Amount(1_000), until)
        .await
        .unwrap();
    carrier.account.relay_bid(&bid).await.unwrap();
    let best = scene.view(request).await.best.unwrap();
    assert_eq!((best.prover, best.price), (prover.address(), Amount(1_000)));

    // Consent and request in one transaction of somebody else's; what was deposited before is enough.
    let authorization = requester
        .sign_authorization(Amount::ZERO, Some(Amount(50_000_000)), until)
        .await
        .unwrap();
    let signed = requester
        .sign_request(&terms, 3, &input, until)
        .await
        .unwrap();
    carrier
        .account
        .relay_deposit_and_request(&authorization, &signed)
        .await
        .unwrap();
    let consent = chain.consent(scene.requester.address()).await.unwrap();
    assert_eq!(
        (consent.allowance, consent.used),
        (Amount(50_000_000), escrow)
    );
}
