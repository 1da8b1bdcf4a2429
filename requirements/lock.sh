#!/bin/sh
# Resolves pyproject.toml into lock.txt and dev.txt. Versions that still fit stay as they are.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "Locking needs uv: pip install uv" >&2; exit 1; }
compile() {
    uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
        --generate-hashes --no-header --no-annotate "$@"
}
# torch has no hash here: which build of it is right is for the machine to say (ops/environment.py).
compile pyproject.toml --no-emit-package torch --output-file requirements/lock.txt
compile --group dev --constraint requirements/lock.txt --output-file requirements/dev.txt
