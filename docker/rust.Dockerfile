# One image with every Rust program; compose chooses which one runs.
FROM rust:1-bookworm AS build
WORKDIR /assay
COPY . .
RUN cargo build --release --locked --workspace

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 assay \
    && install -d -o assay -g assay /data /cache
COPY --from=build /assay/target/release/assay /assay/target/release/assay-api /assay/target/release/assay-prover-worker /usr/local/bin/
USER assay
