//! Balances and consents: after whatever happens, the read model has the vault's.

use assay_market::{Address, Amount, RequestId, Terms};
use serde_json::json;

use crate::stack::{Client, INPUT, Stack, delivery, text};

/// Steps of the random life.
const STEPS: u64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn balances_are_the_vaults_after_a_random_life() {
    let stack = Stack::start().await;
    let (service, client) = stack.service("data", &[]).await;
    stack.fund().await;
    let model = stack.model().await;
    let terms = stack.terms(model, 300).await;
    stack.accept_every_proof().await;

    let late = defaulted_and_late(&stack, &terms).await;
    client.caught_up(&stack).await;
    let proof = client.ok(&format!("/v1/requests/{late}/proof")).await;
    let paid = ["price", "late_fee", "bounty", "refund"].map(|field| proof[field].clone());
    // Two fifths of the collateral of two million wait for the second prover, who is late and loses a tenth.
    assert_eq!(
        paid,
        ["500000", "50000", "800000", "550000"].map(|text| json!(text))
    );
    check(&stack, &client).await;

    let mut random = Random(20_261_130);
    let mut requests = vec![late];
    let mut done = 0;
    for step in 0..STEPS {
        if act(&stack, &terms, &mut requests, &mut random, step).await {
            done += 1;
        }
    }
    assert!(done >= STEPS / 4, "only {done} steps were allowed");
    check(&stack, &client).await;

    let (again, rebuilt) = stack.service("again", &[]).await;
    check(&stack, &rebuilt).await;
    again.stop().await;
    service.stop().await;
}

/// One prover defaults, and the next one is late.
async fn defaulted_and_late(stack: &Stack, terms: &Terms) -> RequestId {
    let (id, _) = stack.account(2).request(terms, 999, &INPUT).await.unwrap();
    stack.account(3).bid(id, 1, Amount(900_000)).await.unwrap();
    stack.wait_on_chain(1_000).await;
    stack.account(0).declare_default(id).await.unwrap();
    stack.account(4).bid(id, 2, Amount(500_000)).await.unwrap();
    stack.wait_on_chain(901).await;
    let proof = delivery();
    stack.account(4).fulfill(id, 2, &proof).await.unwrap();
    id
}

/// Tries one step; returns whether the contracts allowed it.
async fn act(
    stack: &Stack,
    terms: &Terms,
    requests: &mut Vec<RequestId>,
    random: &mut Random,
    step: u64,
) -> bool {
    let account = stack.account(1 + random.below(4));
    let id = requests[random.below(requests.len())];
    let round = 1 + u32::try_from(random.below(2)).expect("small");
    let price = Amount(10_000 * (1 + random.below(100)) as u128);
    match random.below(10) {
        0 | 1 => {
            let made = account.request(terms, step, &INPUT).await;
            requests.extend(made.iter().map(|(id, _)| *id));
            made.is_ok()
        }
        2..=4 => account.bid(id, round, price).await.is_ok(),
        5 => {
            stack
                .wait_on_chain(100 * (1 + random.below(7)) as u64)
                .await;
            true
        }
        6 => account.fulfill(id, round, &delivery()).await.is_ok(),
        7 => account.declare_default(id).await.is_ok(),
        8 => account.cancel(id).await.is_ok(),
        _ => account.withdraw(Address([0x77; 20]), price).await.is_ok(),
    }
}

/// Asserts that every account has in the read model what it has in the vault.
async fn check(stack: &Stack, client: &Client) {
    client.caught_up(stack).await;
    let mut sum = 0;
    let sink = stack.chain.sink().await.unwrap();
    let accounts = (0..5).map(|index| stack.account(index).address());
    for account in accounts.chain([sink, Address([0x77; 20])]) {
        let seen = client.ok(&format!("/v1/accounts/{account}")).await;
        let balance = stack.chain.balance(account).await.unwrap();
        assert_eq!(
            (&seen["free"], &seen["locked"]),
            (
                &json!(balance.free.to_string()),
                &json!(balance.locked.to_string())
            ),
            "{account}"
        );
        let consent = stack.chain.consent(account).await.unwrap();
        let given = seen["consents"][0]["allowance"].as_str().unwrap_or("0");
        assert_eq!(given, consent.allowance.to_string(), "{account}");
        sum += balance.free.0 + balance.locked.0;
    }
    assert_eq!(Amount(sum), stack.chain.vault_total().await.unwrap());
    assert_eq!(
        client.ok(&format!("/v1/accounts/{sink}")).await["address"],
        text(sink)
    );
}

/// Numbers that are the same in every run (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("below the limit")
    }
}
