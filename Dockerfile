# The suite with k6 in one image: docker run --rm -v "$PWD:/work" surrealdb-load load ./orders.yaml
# Both bases can be replaced by images of a registry of one's own.
ARG GO_IMAGE=golang:1.25.4-bookworm
ARG NODE_IMAGE=node:22.21.1-bookworm

FROM ${GO_IMAGE} AS k6
WORKDIR /k6
COPY binaries/k6/ ./
RUN CGO_ENABLED=0 go build -trimpath -o /usr/local/bin/k6 .

FROM ${NODE_IMAGE}
# As npm installs it, so that messages name the commands of the package.
WORKDIR /opt/node_modules/surrealdb-load
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY . ./
COPY --from=k6 /usr/local/bin/k6 /usr/local/bin/k6
# The user's folder, by default of a user that is not root; run with --user "$(id -u)" if the mounted folder is somebody else's.
RUN mkdir /work && chown 1000:1000 /work
ENV K6_BIN=/usr/local/bin/k6 SURREALDB_LOAD_CACHE=/tmp/surrealdb-load
USER 1000:1000
WORKDIR /work
ENTRYPOINT ["node", "/opt/node_modules/surrealdb-load/bin/surrealdb-load.mjs"]
