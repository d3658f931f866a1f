# A development chain with the contracts' own pinned anvil and forge.
FROM node:22-bookworm-slim
WORKDIR /assay
COPY contracts contracts
COPY proving/statement/vectors proving/statement/vectors
RUN cd contracts && npm ci --no-audit --no-fund
EXPOSE 8545
