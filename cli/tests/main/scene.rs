//! A market in a temporary folder, with one model, a provider and a requester.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use assay_chain::{EventBody, Fulfilled, ProverPolicy, RequestView};
use assay_cli::commands::model::{Quantize, quantize_files};
use assay_cli::commands::request::{Ask, make};
use assay_cli::files::ModelFiles;
use assay_cli::input::Input;
use assay_cli::root;
use assay_cli::samples::Samples;
use assay_cli::stack::{Actor, Market, MarketFlags, Worker, WorkerFlags};
use assay_market::{Amount, Event, ModelId, RequestId, Seconds, Status};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Deposits: enough for the collateral of one request.
pub const FUNDS: Amount = Amount(100_000_000);
/// The requester's price limit and the provider's fee.
pub const MAX_PRICE: Amount = Amount(3_000_000);
pub const FEE: Amount = Amount(100_000);

/// A proof takes a minute on a quiet machine; tests share theirs.
pub const PATIENCE: Duration = Duration::from_secs(900);

/// Four markets at a time: a test waits for windows and deadlines longer than it proves, and a proof takes a gigabyte.
static MARKETS: Semaphore = Semaphore::const_new(4);

/// A market for one test.
pub struct Scene {
    pub market: Market,
    pub provider: Actor,
    pub requester: Actor,
    pub model: ModelId,
    pub files: ModelFiles,
    pub dir: TempDir,
    _place: SemaphorePermit<'static>,
}

impl Scene {
    /// Starts a market and registers the smaller example model.
    pub async fn new(with_api: bool) -> Self {
        let place = MARKETS.acquire().await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let flags = MarketFlags {
            folder: dir.path().join("market"),
            chain_port: None,
            api_port: None,
            with_api,
        };
        let market = Market::start(&flags, &|_| {}).await.unwrap();
        let provider = market.actor("provider", Amount::ZERO).await.unwrap();
        let requester = market.actor("requester", FUNDS).await.unwrap();
        let files = model_in(&dir.path().join("models"));
        let model = market
            .publish(&provider, &files, FEE, ProverPolicy::Open)
            .await
            .unwrap();
        Self {
            market,
            provider,
            requester,
            model,
            files,
            dir,
            _place: place,
        }
    }

    /// Starts a worker of somebody and waits until it is ready.
    pub async fn worker(&self, owner: &Actor) -> Worker {
        // Workers earn with the chain alone.
        let models = self.dir.path().join("models");
        self.worker_for(owner, &models, false).await
    }

    /// Starts a worker for the models of a folder, with or without the API.
    pub async fn worker_for(&self, owner: &Actor, models: &Path, with_api: bool) -> Worker {
        self.worker_with(self.worker_flags(owner, models, with_api))
            .await
    }

    /// Starts a worker and waits until it is ready.
    pub async fn worker_with(&self, flags: WorkerFlags) -> Worker {
        let mut worker = Worker::start(flags, &self.market.logs()).unwrap();
        worker.ready().await.unwrap();
        worker
    }

    /// What such a worker is started with.
    pub fn worker_flags(&self, owner: &Actor, models: &Path, with_api: bool) -> WorkerFlags {
        let api = self.market.api.as_ref().filter(|_| with_api);
        WorkerFlags {
            owner: owner.clone(),
            rpc: self.market.anvil.url().to_owned(),
            deployment: self.market.deployment_file(),
            data: self.dir.path().join("workers").join(&owner.name),
            models: models.to_owned(),
            cache: cache(),
            api: api.map(|api| api.url("")),
            cost_per_kilorow: Amount(10_000),
            first_bid_delay_secs: 0,
            max_concurrent: 1,
            kernels: None,
        }
    }

    /// Asks the model for a picture.
    pub async fn request(
        &self,
        model: ModelId,
        index: usize,
        windows: (u64, u64, u64),
    ) -> RequestId {
        let ask = Ask {
            model,
            ..self.ask(index, windows)
        };
        make(&self.requester.account, &ask).await.unwrap().0
    }

    /// What to ask for a picture: bidding window, proving window and lifetime in seconds.
    pub fn ask(&self, index: usize, (bidding, proving, lifetime): (u64, u64, u64)) -> Ask {
        let digits = root::find().unwrap().join("examples/mnist/digits.bin");
        let sample = Samples::read(&digits).unwrap();
        let floats = sample.get(index).unwrap().to_floats();
        let model = self.files.read_model().unwrap();
        Ask {
            model: self.model,
            input: Input::of_model(&model, &floats),
            first_ceiling: None,
            ceiling_step: None,
            max_price: MAX_PRICE,
            instant_price: Amount::ZERO,
            max_fee: FEE,
            bidding_window: Seconds(bidding),
            proving_window: Seconds(proving),
            expires_in: Seconds(lifetime),
        }
    }

    /// Returns the request as of now.
    pub async fn view(&self, request: RequestId) -> RequestView {
        self.market
            .chain
            .request(request)
            .await
            .unwrap()
            .expect("the request exists")
    }

    /// Returns how a request was fulfilled.
    pub async fn fulfilled(&self, request: RequestId) -> Fulfilled {
        let found = self.market.chain.fulfilled(request).await.unwrap();
        found.expect("the request is fulfilled")
    }

    /// Waits until the request has a status, watching that the worker lives.
    pub async fn until(
        &self,
        request: RequestId,
        status: Status,
        worker: &mut Worker,
    ) -> RequestView {
        let began = Instant::now();
        loop {
            let view = self.view(request).await;
            if view.status == status {
                return view;
            }
            worker.check_alive().unwrap();
            assert!(
                began.elapsed() < PATIENCE,
                "still {:?}:\n{}",
                view.status,
                worker.log()
            );
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Returns what happened to a request so far.
    pub async fn events(&self, request: RequestId) -> Vec<Event> {
        let head = self.market.chain.latest().await.unwrap().number;
        let events = self.market.chain.market_events(0, head).await.unwrap();
        events
            .into_iter()
            .filter_map(|event| match event.body {
                EventBody::Market { request: of, event } if of == request => Some(event),
                _ => None,
            })
            .collect()
    }

    /// Returns somebody's free and locked balance.
    pub async fn balance(&self, actor: &Actor) -> (Amount, Amount) {
        let balance = self.market.chain.balance(actor.address()).await.unwrap();
        (balance.free, balance.locked)
    }

    /// Runs the `assay` command against this market.
    pub fn assay(&self, actor: &Actor, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
        command
            .args(arguments)
            .arg("--rpc-url")
            .arg(self.market.anvil.url())
            .arg("--deployment")
            .arg(self.market.deployment_file())
            .arg("--key-file")
            .arg(&actor.key);
        command.output().unwrap()
    }
}

/// Waits for a line in a worker's log.
pub async fn logged(worker: &mut Worker, word: &str) {
    let began = Instant::now();
    while !worker.log().contains(word) {
        worker.check_alive().unwrap();
        assert!(
            began.elapsed() < PATIENCE,
            "no {word:?} in\n{}",
            worker.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Returns the folder with the proving keys: the one that everything shares.
pub fn cache() -> PathBuf {
    assay_prover::cache_directory(|name| std::env::var_os(name)).unwrap()
}

/// Quantizes the smaller example model into a folder. The work is done once.
pub fn model_in(folder: &Path) -> ModelFiles {
    static MADE: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
    let out = folder.join("mlp-56.assay");
    let files = ModelFiles::beside(&out);
    let (model, card) = MADE.get_or_init(|| {
        let examples = root::find().unwrap().join("examples/mnist");
        let flags = Quantize::new(
            examples.join("mlp-56.onnx"),
            examples.join("calibration.bin"),
            out.clone(),
            "mlp-56",
        );
        quantize_files(&flags).unwrap();
        (
            std::fs::read(&out).unwrap(),
            std::fs::read(files.card_path()).unwrap(),
        )
    });
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(&out, model).unwrap();
    std::fs::write(files.card_path(), card).unwrap();
    files
}
