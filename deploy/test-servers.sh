#!/usr/bin/env bash
# Brings the servers that the tests start: Chromium, PostgreSQL, PgBouncer, Janus, HAProxy, nginx, Prometheus, and Node.js with the OpenID provider of tests/oidc. Where it may not install, it says what to install.
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
command -v janus >/dev/null || missing+=(janus)
command -v haproxy >/dev/null || [ -x /usr/sbin/haproxy ] || missing+=(haproxy)
command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing+=(pgbouncer)
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
command -v prometheus >/dev/null || missing+=(prometheus)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)

bring_openid_provider() {
  local folder=tests/oidc
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
  echo "Installing the OpenID provider of the tests into $folder/node_modules"
  (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts --silent && touch node_modules/.package-lock.json)
}

if [ ${#missing[@]} -eq 0 ]; then
  bring_openid_provider
  exit
fi

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need: ${missing[*]}. Install them, on Debian or Ubuntu: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# Only the programs: the tests start servers of their own, and no service of the machine shall begin by itself.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap "rm -f /usr/sbin/policy-rc.d" EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
bring_openid_provider
