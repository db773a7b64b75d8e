#!/bin/sh
# torch.sh -- the built-in functions and the library against PyTorch, and weights both ways (make check-torch); see
# torch/harness.py.
# Not in `make check`: torch is not needed to build or test gradc.
. "$(dirname "$0")/lib.sh"
for python in ${PYTHON:-} python3 /usr/bin/python3; do
    "$python" -c 'import torch, numpy' 2>/dev/null && break
    python=
done
if [ -z "${python:-}" ]; then
    skip "PyTorch is not here (apt-get install python3-torch): nothing was compared"
    finish
fi
export GRADC
export PYTHONDONTWRITEBYTECODE=1
# Weights of a model, both ways, by the lines that docs/pytorch.md shows.
"$python" "$SRC/tests/torch/weights.py" || exit 1
"$python" "$SRC/tests/torch/compare.py" "$@"
