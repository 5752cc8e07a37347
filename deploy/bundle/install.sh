#!/usr/bin/env bash
# Installs the centre from this folder without a network: ./install.sh TARGET (default /opt/ioc). Python as in PLATFORM.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
target="${1:-/opt/ioc}"
python="${PYTHON:-python3}"

cd "$here"
sha256sum --check --quiet --strict SHA256SUMS || { echo "The bundle is damaged or was changed; nothing was installed." >&2; exit 1; }
wanted="$(cat PLATFORM)"
found="$("$python" -c 'import platform, sys; print("cp%d%d-%s-%s" % (*sys.version_info[:2], platform.system().lower(), platform.machine()))')"
[ "$found" = "$wanted" ] || { echo "This bundle is for $wanted; $python is $found. PYTHON=/path/to/python names another." >&2; exit 1; }
[ ! -e "$target/ioc.py" ] || { echo "$target holds an installation already; name another folder (docs/upgrading.md)." >&2; exit 1; }

mkdir -p "$target"
cp -R tree/. "$target/"
"$python" -m venv "$target/.venv"
# Neither the machine's settings of pip nor an index may add anything.
env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL -u PIP_INDEX_URL PIP_CONFIG_FILE=/dev/null "$target/.venv/bin/python" -m pip install \
  --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" --only-binary :all: --require-hashes \
  -r "$target/requirements.txt"
# So that make does not ask an index for what is installed.
touch "$target/.venv/.installed"
"$target/.venv/bin/python" "$target/ioc.py" --help >/dev/null
echo "Installed in $target. Next: $target/.venv/bin/python $target/ioc.py --config FILE check"
