# A development chain with the contracts' own pinned anvil, forge and cast, and the contracts compiled.
FROM node:22-bookworm-slim
WORKDIR /assay
COPY contracts contracts
RUN cd contracts && npm ci --no-audit --no-fund && script-tools/forge.sh build --quiet
COPY docker/deploy-once.sh docker/deploy-once.sh
EXPOSE 8545
