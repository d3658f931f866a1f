//! The service as a whole: what it opens, in which order, and how it ends.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::Data;
use actix_web::{App, HttpServer, web};
use anyhow::Context;
use assay_chain::bindings::RequestRules;
use assay_chain::{Chain, ChainError, Deployment};
use assay_market::{Amount, Params, Seconds, Timestamp};
use assay_store::Store;
use tokio::task::JoinHandle;
use utoipa_actix_web::AppExt;

use crate::auth::{Audience, Tokens, load_secret};
use crate::blobs::BlobFolder;
use crate::clock::ChainClock;
use crate::config::Config;
use crate::error::ApiError;
use crate::feed::Feed;
use crate::limits::REQUEST_HEAD_TIMEOUT;
use crate::metrics::Metrics;
use crate::rate::{Rate, RateLimiter};
use crate::state::{AppState, FinalBlocks};
use crate::{indexer, openapi, routes};

/// How long the service waits for the chain's node when both are started together.
const CHAIN_PATIENCE: Duration = Duration::from_secs(30);

/// A service that is running.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    indexer: JoinHandle<()>,
}

/// Runs the service until it is told to stop by a signal.
///
/// # Errors
/// If it cannot start: the error names what could not be opened.
pub async fn run(config: Config) -> anyhow::Result<()> {
    start(config).await?.wait().await
}

/// Starts the service and returns while it runs.
///
/// # Errors
/// If it cannot start: the error names what could not be opened.
pub async fn start(config: Config) -> anyhow::Result<Service> {
    let deployment = Deployment::load(&config.deployment)?;
    let listener = std::net::TcpListener::bind(config.listen)
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    let state = Data::new(open_state(&config, deployment, address).await?);
    let indexer = tokio::spawn(indexer::run(
        state.clone().into_inner(),
        config.poll_interval(),
    ));
    let serving = state.clone();
    let server = HttpServer::new(move || application(serving.clone()))
        .workers(config.threads.into())
        .client_request_timeout(REQUEST_HEAD_TIMEOUT)
        .shutdown_timeout(3)
        .listen(listener)?
        .run();
    let handle = server.handle();
    tracing::info!(%address, chain_id = state.audience.chain_id, "assay-api listens on http://{address}");
    Ok(Service {
        address,
        handle,
        server: tokio::spawn(server),
        indexer,
    })
}

impl Service {
    /// Returns the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server has ended, by a signal or by itself.
    ///
    /// # Errors
    /// If the server ended by an error.
    pub async fn wait(self) -> anyhow::Result<()> {
        let outcome = self.server.await;
        self.indexer.abort();
        Ok(outcome??)
    }

    /// Ends it: open requests may finish, new ones are refused.
    pub async fn stop(self) {
        self.indexer.abort();
        self.handle.stop(true).await;
    }
}

async fn open_state(
    config: &Config,
    deployment: Deployment,
    address: SocketAddr,
) -> anyhow::Result<AppState> {
    make_private_folder(&config.data_dir)
        .with_context(|| format!("cannot make the data folder {}", config.data_dir.display()))?;
    let store = Store::open(&config.database())
        .await
        .context("cannot open the database")?;
    let blobs = BlobFolder::open(&config.data_dir.join("blobs"))
        .await
        .context("cannot open the blob folder")?;
    let chain = connect(&config.rpc_url, deployment).await?;
    let newest = chain.latest().await?;
    let params = read_params(&chain)
        .await
        .context("cannot read the market's parameters")?;
    let public_url = config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    let audience =
        Audience::new(&public_url, chain.deployment().chain_id).map_err(anyhow::Error::msg)?;
    let rate = Rate {
        per_second: config.rate_per_second,
        burst: config.rate_burst,
    };
    Ok(AppState {
        tokens: Tokens::new(&load_secret(config)?, &audience.uri),
        store,
        blobs,
        chain,
        params,
        clock: ChainClock::new(Timestamp(newest.timestamp)),
        finality: FinalBlocks::default(),
        feed: Feed::default(),
        metrics: Metrics::default(),
        limiter: RateLimiter::new(rate),
        audience,
    })
}

async fn connect(rpc_url: &str, deployment: Deployment) -> anyhow::Result<Chain> {
    let begun = Instant::now();
    loop {
        match Chain::connect(rpc_url, deployment.clone()).await {
            Ok(chain) => return Ok(chain),
            Err(error @ ChainError::Unreachable(_)) if begun.elapsed() < CHAIN_PATIENCE => {
                tracing::warn!(%error, "waiting for the chain's node");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(error) => return Err(error).context("cannot use the chain"),
        }
    }
}

/// What a market chose never changes, so it is read once.
async fn read_params(chain: &Chain) -> Result<Params, ChainError> {
    let rules = chain.deployment().rules;
    let given = chain.read(rules, &RequestRules::parametersCall {}).await?;
    Ok(Params {
        min_bidding_window: Seconds(given.minBiddingWindow.into()),
        min_proving_window: Seconds(given.minProvingWindow.into()),
        extension: Seconds(given.extension.into()),
        grace: Seconds(given.grace.into()),
        late_fee_bps: given.lateFeeBps.into(),
        burned_floor: Amount(given.burnedFloor),
        burned_bps: given.burnedBps,
        reward_cap: Amount(given.rewardCap),
    })
}

/// The folder holds sign-in nonces and uploads: nobody else on this machine needs to read it.
fn make_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Returns the application: what is served is also what `/openapi.json` describes.
fn application(
    state: Data<AppState>,
) -> App<
    impl actix_web::dev::ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let (app, description) = App::new()
        .into_utoipa_app()
        .openapi(openapi::base())
        .configure(routes::root)
        .service(utoipa_actix_web::scope("/v1").configure(routes::v1))
        .split_for_parts();
    let description = web::Bytes::from(openapi::text(&description));
    let json = move || {
        let text = description.clone();
        async move {
            actix_web::HttpResponse::Ok()
                .content_type("application/json")
                .body(text)
        }
    };
    app.app_data(state)
        .configure(routes::extractors)
        .route("/openapi.json", web::get().to(json))
        .default_service(web::to(routes::unknown))
        .wrap(from_fn(count_and_limit))
}

/// Counts every request, and refuses those of a peer that sends too many.
async fn count_and_limit(
    request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody + 'static>,
) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, actix_web::Error> {
    let begun = Instant::now();
    let method = request.method().to_string();
    let state = request.app_data::<Data<AppState>>().cloned();
    let state =
        state.ok_or_else(|| ApiError::Internal(anyhow::anyhow!("the application has no state")))?;
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let response = match state.limiter.take(peer, begun) {
        Ok(()) => next.call(request).await?.map_into_left_body(),
        Err(retry_after_secs) => {
            state
                .metrics
                .rate_limited
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let limit = u64::from(state.limiter.rate().per_second);
            let error = ApiError::TooMany {
                what: "requests a second",
                limit,
                retry_after_secs,
            };
            request.error_response(error).map_into_right_body()
        }
    };
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "none".into());
    state
        .metrics
        .count_request(&method, &route, response.status().as_u16(), begun.elapsed());
    Ok(response)
}
