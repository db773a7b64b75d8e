#!/bin/sh
# gpt2.sh -- examples/gpt.dsl with GPT-2's sizes, small: it reads weights by Hugging Face's names and says what GPT-2's formula
# says of them, as a window and token by token.  Needs Python with numpy.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
python=
for name in "${PYTHON:-python3}" /usr/bin/python3; do
    [ -n "$python" ] || ! "$name" -c 'import numpy' 2>/dev/null || python=$name
done
[ -n "$python" ] || { echo "SKIPPED: no Python with numpy"; exit 77; }

"$python" "$SRC/tests/models/gpt2.py" . || exit 1
{ cat "$SRC/examples/gpt.dsl"; echo 'output scores = gpt(tokens)'; } | sed "s|\"data/|\"$SRC/examples/data/|" >gpt.dsl
check "it compiles" "$GRADC" --cflags=-O1 --no-check gpt.dsl -o gpt -Dlayers=2 -Dheads=4 -Dwidth=32 -Dcontext=16 -Dbatch_size=4
scores() { ./gpt predict --load-partial model.safetensors <tokens.npy >said.npy && "$python" -c "
import numpy as np
said, meant = np.load('said.npy'), np.load('scores.npy')
worst = np.abs(said - meant).max() / np.abs(meant).max()
print('largest difference', worst)
assert said.shape == meant.shape and worst < 1e-5"; }
check "scores are those of GPT-2's formula" scores
text() { ./gpt generate --quiet --load-partial model.safetensors --prompt "ROMEO:" --length 10 --temperature 1e-6; }
check "token by token it writes what the formula writes" [ "$(text)" = "$(cat greedy.txt)" ]
check "what the file has beside is named" says "none of the model's: h.0.attn.bias, h.1.attn.bias" ./gpt generate --load-partial model.safetensors --length 1
check "a file that lacks some is no model" says "is no model; train the rest" ./gpt generate --load-partial part.safetensors
finish
