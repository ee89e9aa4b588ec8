#!/usr/bin/env bash
# What the end-to-end test needs, into a folder: a Node that code-server wants, code-server, playwright-core.
#
#     editors/vscode/e2e/get.sh .parts/vscode && (cd editors/vscode && npm run package && npm run e2e)
#
# Debian, as root: it installs Chromium and the headers that code-server's native parts are compiled with.
# Needs 1.3 GB and some minutes. Everything comes from apt and npm.
set -euo pipefail

folder=${1:?a folder}
mkdir -p "$folder"
cd "$folder"

export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --no-install-recommends \
  build-essential chromium libkrb5-dev libsecret-1-dev libx11-dev libxkbfile-dev pkg-config python3 >/dev/null

[ -f package.json ] || printf '{"private": true}\n' >package.json
npm install --silent node@24
headers=$(dirname "$(dirname "$(find "$PWD/node_modules/node" -path '*/node-linux-*/bin/node' | head -n 1)")")
PATH="$headers/bin:$PATH" npm_config_nodedir=$headers JOBS=2 npm install --silent code-server@4.139.1 playwright-core@1.65.1
ln -sfn "$headers/bin/node" node
