#!/usr/bin/env bash
# What the end-to-end tests need, into a folder: a Node that code-server wants, code-server, playwright-core.
#
#     editors/vscode/e2e/get.sh .parts/vscode && (cd editors/vscode && npm run package && npm run e2e)
#
# Debian, as root: it installs Chromium and the headers that code-server's native parts are compiled with.
# Needs 1.3 GB and some minutes. Everything comes from apt and npm.
set -euo pipefail

folder=${1:?a folder}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --no-install-recommends \
  build-essential chromium libkrb5-dev libsecret-1-dev libx11-dev libxkbfile-dev pkg-config python3 >/dev/null

# In a folder of its own: npm lays a package that installs its own parts anew with every install beside it, and
# compiling would find no headers meanwhile. Once only: the next install beside it takes the parts away again.
if ! "$folder/node" -p 'process.versions.node' 2>/dev/null | grep -q '^24\.'; then
  rm -rf "$folder/node-package"
  npm install --loglevel error --no-audit --no-fund --prefix "$folder/node-package" node@24
  ln -sfn "$(find "$folder/node-package" -path '*/node-linux-*/bin/node' | grep .)" "$folder/node"
fi
node=$(dirname "$(dirname "$(readlink -f "$folder/node")")")

cd "$folder"
[ -f package.json ] || printf '{"private": true}\n' >package.json
PATH="$node/bin:$PATH" npm_config_nodedir=$node JOBS=2 npm install --loglevel error --no-audit --no-fund \
  code-server@4.139.1 playwright-core@1.65.1
