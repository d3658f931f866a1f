//! Who takes part: two providers with their models, a requester, three workers.

use std::path::{Path, PathBuf};

use anyhow::Context;
use assay_chain::ProverPolicy;
use assay_market::{Address, Amount, ModelId};
use assay_prover::model_format::QuantizedModel;

use super::{FEE, PRIVATE_PRICE};
use crate::commands::model::{Quantize, quantize_files};
use crate::files::ModelFiles;
use crate::root;
use crate::stack::{Actor, Market, MarketFlags, Worker, WorkerFlags};

/// What everybody starts with: enough for the collateral of a few bids.
const FUNDS: Amount = Amount(100_000_000);

/// Costs of the three workers for 1,024 rows. The first two compete.
const FRUGAL: Amount = Amount(6_000);
const LAVISH: Amount = Amount(10_000);
const OWN: Amount = Amount(8_000);

/// The frugal worker lets the lavish one name a price and then bids less: it earns more, and the auction is seen.
const PATIENCE_SECS: u64 = 4;

/// A model on offer.
#[derive(Debug)]
pub struct Offered {
    /// What tables call it.
    pub name: &'static str,
    /// Its id on chain.
    pub id: ModelId,
    /// The model itself, to see that proofs say what it says.
    pub model: QuantizedModel,
}

/// Everything and everybody.
#[derive(Debug)]
pub struct Cast {
    /// Chain, contracts, API.
    pub market: Market,
    /// The model that anyone may prove.
    pub public: Offered,
    /// The model that only its provider can prove.
    pub private: Offered,
    /// Who asks.
    pub requester: Actor,
    /// Everyone with a balance, in the order of the tables.
    pub everyone: Vec<Actor>,
    /// The workers.
    pub workers: Vec<Worker>,
}

impl Cast {
    /// Quantizes the models, starts the market, publishes, and starts the workers.
    pub async fn assemble(run: &Path, cache: &Path, say: &dyn Fn(&str)) -> anyhow::Result<Self> {
        let (public_files, private_files) = {
            say("quantizing two trained models and building their circuits");
            let run = run.to_owned();
            tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
                let public = prepare(&run.join("models/public"), "mlp-56", false)?;
                let private = prepare(&run.join("models/private"), "mlp-128", true)?;
                Ok((public, private))
            })
            .await??
        };
        let flags = MarketFlags {
            folder: run.to_owned(),
            chain_port: None,
            api_port: None,
            with_api: true,
        };
        let market = Market::start(&flags, say).await?;

        say("opening accounts and depositing development tokens");
        let requester = market.actor("requester", FUNDS).await?;
        let provider_public = market.actor("provider-public", Amount::ZERO).await?;
        let provider_private = market.actor("provider-private", Amount::ZERO).await?;
        let frugal = market.actor("worker-frugal", FUNDS).await?;
        let lavish = market.actor("worker-lavish", FUNDS).await?;
        let own = market.actor("worker-own", FUNDS).await?;

        say("attesting the circuits and registering the models");
        let public_id = market
            .publish(&provider_public, &public_files, FEE, ProverPolicy::Open)
            .await?;
        let policy = ProverPolicy::Sole {
            prover: own.address(),
            price: PRIVATE_PRICE,
        };
        let private_id = market
            .publish(&provider_private, &private_files, FEE, policy)
            .await?;

        say("starting three workers: each loads the keys and rebuilds the circuits");
        let folder = |files: &ModelFiles| files.model.parent().map(PathBuf::from);
        let public_folder = folder(&public_files).context("a model lies in a folder")?;
        let private_folder = folder(&private_files).context("a model lies in a folder")?;
        let mut workers = Vec::new();
        for (owner, models, cost_per_kilorow, first_bid_delay_secs) in [
            (&frugal, &public_folder, FRUGAL, PATIENCE_SECS),
            (&lavish, &public_folder, LAVISH, 0),
            (&own, &private_folder, OWN, 0),
        ] {
            let flags = WorkerFlags {
                owner: owner.clone(),
                rpc: market.anvil.url().to_owned(),
                deployment: market.deployment_file(),
                data: run.join("workers").join(&owner.name),
                models: models.clone(),
                cache: cache.to_owned(),
                api: market.api.as_ref().map(|api| api.url("")),
                cost_per_kilorow,
                first_bid_delay_secs,
                max_concurrent: 1,
            };
            workers.push(Worker::start(flags, &market.logs())?);
        }
        for worker in &mut workers {
            worker.ready().await?;
            say(&format!("{} is ready", worker.flags.owner.name));
        }
        Ok(Self {
            public: Offered {
                name: "mlp-56 (public)",
                id: public_id,
                model: public_files.read_model()?,
            },
            private: Offered {
                name: "mlp-128 (private)",
                id: private_id,
                model: private_files.read_model()?,
            },
            everyone: vec![
                requester.clone(),
                provider_public,
                provider_private,
                frugal,
                lavish,
                own,
            ],
            requester,
            workers,
            market,
        })
    }

    /// Returns the addresses of everybody with a balance.
    pub fn addresses(&self) -> Vec<Address> {
        self.everyone.iter().map(Actor::address).collect()
    }

    /// Returns what tables call an address.
    pub fn name(&self, address: Address) -> String {
        let actor = self
            .everyone
            .iter()
            .find(|actor| actor.address() == address);
        actor.map_or_else(|| address.to_string(), |actor| actor.name.clone())
    }
}

/// Quantizes one of the example models and measures it on the held-out digits.
fn prepare(folder: &Path, name: &str, private: bool) -> anyhow::Result<ModelFiles> {
    let examples = root::find()?.join("examples/mnist");
    let flags = Quantize {
        onnx: examples.join(format!("{name}.onnx")),
        calibration: examples.join("calibration.bin"),
        measure: Some(examples.join("digits.bin")),
        out: folder.join(format!("{name}.assay")),
        name: name.to_owned(),
        description: "Reads handwritten digits; trained on MNIST, see examples/mnist.".into(),
        license: "MIT OR Apache-2.0".into(),
        private,
    };
    quantize_files(&flags)?;
    Ok(ModelFiles::beside(&flags.out))
}
