//! Who takes part: two providers with three models, a requester, three workers.

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

/// Names a model of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A small perceptron that anyone may prove.
    Perceptron,
    /// A convolutional network that anyone may prove.
    Convolutional,
    /// A perceptron that only its provider can prove.
    Private,
}

/// A model on offer.
#[derive(Debug)]
pub struct Offered {
    /// What tables call it.
    pub name: &'static str,
    /// Its id on chain.
    pub id: ModelId,
    /// The model itself, to see that proofs say what it says.
    pub model: QuantizedModel,
    /// What its sole prover asks; none if anyone may prove it.
    pub sole_price: Option<Amount>,
}

/// Everything and everybody.
#[derive(Debug)]
pub struct Cast {
    /// Chain, contracts, API.
    pub market: Market,
    perceptron: Offered,
    convolutional: Offered,
    private: Offered,
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
        let [perceptron_files, convolutional_files, private_files] = {
            say("quantizing three trained models and building their circuits");
            let run = run.to_owned();
            tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
                let public = run.join("models/public");
                Ok([
                    prepare(&public, "mlp-56", false)?,
                    prepare(&public, "lenet-5", false)?,
                    prepare(&run.join("models/private"), "mlp-128", true)?,
                ])
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
        let perceptron_id = market
            .publish(&provider_public, &perceptron_files, FEE, ProverPolicy::Open)
            .await?;
        let convolutional_id = market
            .publish(
                &provider_public,
                &convolutional_files,
                FEE,
                ProverPolicy::Open,
            )
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
        let public_folder = folder(&perceptron_files).context("a model lies in a folder")?;
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
                kernels: None,
            };
            workers.push(Worker::start(flags, &market.logs())?);
        }
        for worker in &mut workers {
            worker.ready().await?;
            say(&format!("{} is ready", worker.flags.owner.name));
        }
        Ok(Self {
            perceptron: Offered {
                name: "mlp-56 (public)",
                id: perceptron_id,
                model: perceptron_files.read_model()?,
                sole_price: None,
            },
            convolutional: Offered {
                name: "lenet-5 (public)",
                id: convolutional_id,
                model: convolutional_files.read_model()?,
                sole_price: None,
            },
            private: Offered {
                name: "mlp-128 (private)",
                id: private_id,
                model: private_files.read_model()?,
                sole_price: Some(PRIVATE_PRICE),
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

    /// Returns a model.
    pub fn offered(&self, choice: Choice) -> &Offered {
        match choice {
            Choice::Perceptron => &self.perceptron,
            Choice::Convolutional => &self.convolutional,
            Choice::Private => &self.private,
        }
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
    let new = Quantize::new(
        examples.join(format!("{name}.onnx")),
        examples.join("calibration.bin"),
        folder.join(format!("{name}.assay")),
        name,
    );
    let flags = Quantize {
        measure: Some(examples.join("digits.bin")),
        description: "Reads handwritten digits; trained on MNIST, see examples/mnist.".into(),
        license: "MIT OR Apache-2.0".into(),
        private,
        ..new
    };
    quantize_files(&flags)?;
    Ok(ModelFiles::beside(&flags.out))
}
