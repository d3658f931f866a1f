//! A development chain with the contracts, and the service beside it. Both end with the value that holds them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assay_api::{Config, Service};
use assay_chain::alloy::providers::Provider;
use assay_chain::alloy::signers::local::PrivateKeySigner;
use assay_chain::{
    Account, Chain, CircuitVariant, Consent, Deployment, ProverPolicy, Registration,
};
use assay_market::{Address, Amount, Delivery, Kind, ModelId, Offer, Seconds, Terms, Word};
use clap::Parser;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How long anything may take to show up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Anvil's well-known development keys.
const KEYS: [&str; 5] = [
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
];

/// The input of every request.
pub const INPUT: [u8; 3] = [1, 2, 3];

/// A process that is killed when its owner is gone.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A chain, its contracts, and the folder of everything.
pub struct Stack {
    pub folder: tempfile::TempDir,
    pub rpc_url: String,
    pub chain: Chain,
    deployment_file: PathBuf,
    _anvil: Killed,
}

impl Stack {
    /// Starts a chain and deploys the contracts.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (anvil, rpc_url) = start_anvil();
        let deployment_file = folder.path().join("deployment.json");
        deploy(&rpc_url, &deployment_file).await;
        let deployment =
            Deployment::load(&deployment_file).expect("the deploy script writes the addresses");
        let chain = Chain::connect(&rpc_url, deployment)
            .await
            .expect("the contracts are there");
        Self {
            folder,
            rpc_url,
            chain,
            deployment_file,
            _anvil: anvil,
        }
    }

    /// Returns the account of a development key: 0 owns the contracts.
    pub fn account(&self, index: usize) -> Account {
        let signer: PrivateKeySigner = KEYS[index].parse().expect("a key");
        Account::new(self.chain.clone(), signer)
    }

    /// Starts the service with its own data folder.
    pub async fn service(&self, data: &str, arguments: &[&str]) -> (Service, Client) {
        let data = self.folder.path().join(data);
        let mut all = vec![
            "assay-api".to_owned(),
            "--listen=127.0.0.1:0".to_owned(),
            "--poll-ms=50".to_owned(),
            format!("--rpc-url={}", self.rpc_url),
            format!("--deployment={}", self.deployment_file.display()),
            format!("--data-dir={}", data.display()),
        ];
        all.extend(arguments.iter().map(ToString::to_string));
        let service = assay_api::start(Config::try_parse_from(all).expect("arguments"))
            .await
            .expect("the service starts");
        let client = Client {
            url: format!("http://{}", service.address()),
            http: reqwest::Client::new(),
        };
        (service, client)
    }

    /// Moves the chain's clock and makes a block.
    pub async fn wait_on_chain(&self, seconds: u64) {
        self.rpc("evm_increaseTime", serde_json::json!([seconds]))
            .await;
        self.rpc("evm_mine", serde_json::json!([])).await;
    }

    /// Calls a method of the development chain.
    pub async fn rpc(&self, method: &'static str, parameters: Value) -> Value {
        self.chain
            .provider()
            .raw_request(method.into(), parameters)
            .await
            .expect(method)
    }

    /// Lets the verifier's adapter accept everything: the service does not judge proofs, the chain does.
    pub async fn accept_every_proof(&self) {
        let adapter = self.chain.deployment().verifier_adapter;
        self.rpc("anvil_setCode", serde_json::json!([adapter, "0x00"]))
            .await;
    }

    /// Gives accounts 1 to 4 tokens in the vault, all of which the market may have.
    pub async fn fund(&self) {
        for index in 1..KEYS.len() {
            let account = self.account(index);
            self.account(0)
                .mint(account.address(), Amount(1_000_000_000))
                .await
                .expect("minted");
            account
                .deposit(Amount(1_000_000_000))
                .await
                .expect("deposited");
            account
                .consent(Consent::UNLIMITED)
                .await
                .expect("consented");
        }
    }

    /// Registers a model of account 1 whose circuit account 0 attests.
    pub async fn model(&self) -> ModelId {
        let registration = registration();
        let (model, _) = self
            .account(1)
            .register_model(&registration)
            .await
            .expect("registered");
        self.account(0)
            .attest_circuit(registration.circuits[0].circuit, registration.card_hash)
            .await
            .expect("attested");
        model
    }

    /// Terms of an inference of the model.
    pub async fn terms(&self, model_id: ModelId, bidding: u64) -> Terms {
        let now = self
            .chain
            .market_time()
            .await
            .expect("the chain answers")
            .now;
        let call = assay_chain::bindings::Groth16Adapter::verifierIdCall {};
        let verifier = self
            .chain
            .read(self.chain.deployment().verifier_adapter, &call)
            .await
            .expect("an id");
        Terms {
            model_id,
            kind: Kind::Inference,
            input_private: false,
            output_private: false,
            input_digest: Word([4; 32]),
            input_hash: sha256(&INPUT),
            verifier_id: Word(verifier.0),
            offer: Offer {
                first_ceiling: Amount(1_000_000),
                ceiling_step: Amount::ZERO,
                max_price: Amount(1_000_000),
                instant_price: Amount::ZERO,
                max_fee: Amount(5_000),
                bidding_window: Seconds(bidding),
                proving_window: Seconds(600),
                expires_at: now.after(Seconds(50_000)),
            },
            callback_gas: 0,
        }
    }
}

/// What [`Stack::model`] registers.
pub fn registration() -> Registration {
    Registration {
        commitment: Word([2; 32]),
        weights_private: false,
        circuits: vec![CircuitVariant {
            kind: Kind::Inference,
            input_private: false,
            output_private: false,
            circuit: Word([1; 32]),
        }],
        card_uri: "https://example.org/card.json".into(),
        card_hash: Word([3; 32]),
        fee: Amount(5_000),
        policy: ProverPolicy::Open,
    }
}

fn sha256(bytes: &[u8]) -> Word {
    Word(Sha256::digest(bytes).into())
}

pub fn delivery() -> Delivery {
    Delivery {
        output_digest: Word([5; 32]),
        result: [7, 0, 0],
        output_hash: sha256(&[7]),
        seal: vec![9; 256],
        output: vec![7],
    }
}

/// Talks to the service.
#[derive(Clone)]
pub struct Client {
    pub url: String,
    pub http: reqwest::Client,
}

impl Client {
    /// Returns status and body of a GET.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        let response = self
            .http
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .expect("the service answers");
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// Returns the body of a GET that succeeds.
    pub async fn ok(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// Asks again and again until the answer is as expected.
    pub async fn until(&self, path: &str, expected: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let (_, body) = self.get(path).await;
            if expected(&body) {
                return body;
            }
            assert!(begun.elapsed() < PATIENCE, "GET {path} still is {body}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the service has indexed everything that is on the chain now.
    pub async fn caught_up(&self, stack: &Stack) {
        let head = stack
            .chain
            .latest()
            .await
            .expect("the chain answers")
            .number;
        self.until("/healthz", |health| {
            health["indexed_block"].as_u64() >= Some(head)
        })
        .await;
    }

    /// Returns the messages of the event stream until `count` of them came.
    pub async fn events(&self, path: &str, count: usize) -> Vec<(String, Value)> {
        let mut response = self
            .http
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .expect("the service answers");
        assert_eq!(response.status().as_u16(), 200);
        let (mut text, mut events) = (String::new(), Vec::new());
        while events.len() < count {
            let chunk = tokio::time::timeout(PATIENCE, response.chunk())
                .await
                .expect("an event in time");
            text +=
                std::str::from_utf8(&chunk.expect("the stream goes on").expect("it has no end"))
                    .expect("text");
            while let Some((message, rest)) = text.split_once("\n\n") {
                let field = |name: &str| {
                    message
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::to_owned)
                };
                if let (Some(name), Some(data)) = (field("event: "), field("data: ")) {
                    events.push((name, serde_json::from_str(&data).expect("JSON")));
                }
                text = rest.to_owned();
            }
        }
        events
    }
}

/// Asserts status, code and field of an error.
pub fn assert_error((status, body): (u16, Value), expected: u16, code: &str, field: Option<&str>) {
    let error = &body["error"];
    assert_eq!(
        (status, error["code"].as_str(), error["field"].as_str()),
        (expected, Some(code), field),
        "{body}"
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| !message.is_empty()),
        "{body}"
    );
}

pub fn text(address: Address) -> String {
    address.to_string()
}

fn contracts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .join("contracts")
}

fn start_anvil() -> (Killed, String) {
    let binary = contracts().join("node_modules/.bin/anvil");
    assert!(
        binary.exists(),
        "{} is missing: run `npm ci` in contracts/",
        binary.display()
    );
    let mut child = Command::new(binary)
        .args(["--port", "0", "--chain-id", "31337"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("anvil starts");
    let output = child.stdout.take().expect("piped");
    let anvil = Killed(child);
    let mut lines = BufReader::new(output).lines();
    let address = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("Listening on ").map(str::to_owned));
    let address = address.expect("anvil says where it listens");
    // Anvil goes on writing; a full pipe would stop it.
    std::thread::spawn(move || lines.for_each(drop));
    (anvil, format!("http://{address}"))
}

async fn deploy(rpc_url: &str, out: &Path) {
    // forge keeps one cache: two deployments at the same time would build twice.
    static FORGE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = FORGE.lock().await;
    let script = contracts().join("script-tools/deploy.sh");
    let output = tokio::process::Command::new(script)
        .arg(rpc_url)
        .arg(out)
        .output()
        .await
        .expect("the script runs");
    assert!(
        output.status.success(),
        "deploy.sh failed:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
