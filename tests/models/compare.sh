#!/bin/sh
# compare.sh -- `make check-models`: the first 100 losses of each model and of the same in PyTorch, in f64 (common.py),
# and its scores and gradients on given weights, at its full size (gradients.py).
# Not in `make check`: PyTorch is not needed to build or test gradc.
SRC=$(cd "$(dirname "$0")/../.." && pwd)
SHARED=${SHARED:-$SRC/../shared}
. "$SRC/tests/lib.sh"
SRC=$(cd "$(dirname "$0")/../.." && pwd) # lib.sh takes the folder above this one
. "$SRC/tests/models/train.sh"
for python in ${PYTHON:-} python3 /usr/bin/python3; do
    "$python" -c 'import torch, numpy' 2>/dev/null && break
    python=
done
if [ -z "${python:-}" ]; then
    skip "PyTorch is not here (apt-get install python3-torch): nothing was compared"
    finish
fi
export GRADC SHARED PYTHONDONTWRITEBYTECODE=1
for model in ${MODELS:-$(model_names)}; do
    [ -f "$SRC/tests/models/$model.py" ] || continue
    model_has_data "$model" || { skip "$model: its data is not here"; continue; }
    # shellcheck disable=SC2046 # several flags
    check "$model: losses of 100 steps in f64 are PyTorch's" \
        "$python" "$SRC/tests/models/$model.py" compare $(model_field "$model" 2)
    cat "$TMP/check.log"
    [ "$model" != gan ] || continue # two losses, in turn
    for width in '' --f32; do
        check "$model: gradients ${width:-in f64} are PyTorch's" \
            "$python" "$SRC/tests/models/$model.py" gradients $width
        cat "$TMP/check.log"
    done
done
finish
