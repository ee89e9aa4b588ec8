#!/usr/bin/env bash
# Real programs for the tests marked `real`: Neovim, Helix and llama.cpp's server, in a folder of their own.
#
#     tests/real/real-parts.sh FOLDER && PATH="$PWD/FOLDER/bin:$PATH" .venv/bin/pytest tests/real -m real
#
# The programs are Debian's, from a suite that has new enough versions, and come from the mirror that this machine's apt
# is set up with. Nothing is installed and root is not needed: packages and libraries are unpacked into FOLDER/root, and
# FOLDER/bin has a starter for each program that runs it with its own loader, since this machine's C library may be
# older. FOLDER may be moved. Needs about 100 MB. Once it is complete, another run changes nothing.
set -euo pipefail

suite=forky
programs=(nvim hx llama-server)
packages=(neovim hx llama.cpp-tools)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
lib=usr/lib/x86_64-linux-gnu

give_up() {
  printf 'real-parts: %s\n' "$*" >&2
  exit 1
}

check_machine() {
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    give_up "this needs Debian's apt-get and dpkg-deb; elsewhere, put nvim, hx and llama-server on PATH by other means"
  [ "$(dpkg --print-architecture)" = amd64 ] ||
    give_up "the starters are written for x86-64, and this machine is $(dpkg --print-architecture)"
  [ -r "$keyring" ] || give_up "Debian's keys are not in $keyring (package debian-archive-keyring)"
}

# Print the address of the Debian archive that apt is set up with. Third parties' archives have other paths, and the one
# for security updates has no such suite.
mirror() {
  apt-get indextargets --no-release-info --format '$(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk '$1 == "main" && $2 ~ /\/debian\/?$/ && !found { print $2; found = 1 }'
}

# Call apt-get with lists, cache and state under $apt, but with this machine's own proxies and certificates.
private_apt() {
  apt-get --quiet=2 \
    -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null \
    -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State="$apt" -o Dir::State::Lists="$apt/lists" \
    -o Dir::State::Status="$apt/status" -o Dir::Cache="$apt" -o Dir::Cache::Archives="$apt/archives" \
    -o Dir::Log="$apt" -o Debug::NoLocking=true -o APT::Sandbox::User="$(id -un)" \
    -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o APT::Install-Recommends=false \
    -o APT::Keep-Downloaded-Packages=true -o APT::Update::Error-Mode=any -o Acquire::Retries=3 \
    -o Acquire::Languages=none -o Acquire::Check-Date=false -o Acquire::Check-Valid-Until=false "$@"
}

# Download the packages with everything they depend on. Nothing counts as installed, so the C library comes too.
# The dates of the archive's index are not checked: its signature is, and a mirror may be frozen at some day.
download() {
  local source
  source=$(mirror)
  [ -n "$source" ] || give_up "apt is set up with no Debian archive (no source whose address ends in /debian)"
  rm -rf "$apt"
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  : >"$apt/status"
  printf 'deb [arch=amd64 signed-by=%s] %s %s main\n' "$keyring" "$source" "$suite" >"$apt/sources.list"
  private_apt update || give_up "the suite $suite cannot be read from $source"
  private_apt --yes --download-only install "${packages[@]}" >/dev/null ||
    give_up "${packages[*]} cannot be downloaded from $source"
}

unpack() {
  local package
  rm -rf "$root"
  mkdir -p "$root"
  for package in "$apt"/archives/*.deb; do
    dpkg-deb --extract "$package" "$root"
  done
}

# Print the path of the unpacked loader, below $root.
find_loader() {
  local path
  for path in usr/lib64/ld-linux-x86-64.so.2 lib64/ld-linux-x86-64.so.2 "$lib/ld-linux-x86-64.so.2"; do
    if [ -e "$root/$path" ]; then
      printf '%s' "$path"
      return
    fi
  done
  give_up "there is no loader among the unpacked packages"
}

# Print the folders with libraries, below $root: the system's own, and those that packages tell `ldconfig` about.
library_folders() {
  local folder
  for folder in "$lib" "$lib/llama" "$lib/ggml/backends0" "$lib/blas" "$lib/lapack" usr/lib; do
    [ ! -d "$root/$folder" ] || printf '%s\n' "$folder"
  done
}

# Write the starter of a program. Further arguments are variables it needs, with paths below $root.
starter() {
  local program=$1 loader variable
  loader=$(find_loader)
  shift
  {
    printf '#!/bin/sh\n# Written by real-parts.sh.\nroot=$(cd "${0%%/*}/../root" && pwd)\nlibraries=\n'
    library_folders | while read -r folder; do printf 'libraries="$libraries:$root/%s"\n' "$folder"; done
    for variable in "$@"; do printf 'export %s="$root/%s"\n' "${variable%%=*}" "${variable#*=}"; done
    printf 'exec "$root/%s" --library-path "${libraries#:}" "$root/usr/bin/%s" "$@"\n' "$loader" "$program"
  } >"$bin/$program"
  chmod +x "$bin/$program"
}

# Print the build of ggml for this processor: outside /usr it does not find one by itself.
ggml_build() {
  local build=haswell feature
  for feature in avx2 bmi2 f16c fma; do
    grep -qwm1 "$feature" /proc/cpuinfo || build=x64
  done
  printf '%s/ggml/backends0/libggml-cpu-%s.so' "$lib" "$build"
}

write_starters() {
  mkdir -p "$bin"
  starter nvim VIMRUNTIME=usr/share/nvim/runtime
  starter hx HELIX_RUNTIME=usr/lib/hx/runtime
  starter llama-server "GGML_BACKEND_PATH=$(ggml_build)"
}

prove() {
  local program said
  for program in "${programs[@]}"; do
    said=$("$bin/$program" --version 2>&1 </dev/null) || give_up "$program does not start: $said"
    printf '  %-13s %s\n' "$program" "$(awk '/[0-9]/ { print; exit }' <<<"$said")"
  done
}

[ $# -eq 1 ] || give_up "usage: real-parts.sh FOLDER"
mkdir -p "$1"
folder=$(cd "$1" && pwd)
root=$folder/root bin=$folder/bin apt=$folder/apt complete=$folder/complete
if [ ! -e "$complete" ]; then
  check_machine
  download
  unpack
  write_starters
fi
printf 'real programs in %s:\n' "$bin"
prove
rm -rf "$apt"
touch "$complete"
