#!/bin/sh
# generate.sh -- the generate block: what a model says token by token is what it says of a window; prompts,
# vocabularies, contexts that are full, draws, and what it refuses.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1
build() { "$GRADC" --cflags=-O1 "$@"; }

# ---- token by token and as a window ----

# A token is a score, in steps of 1/100: numbers are compared, not only which of them is the largest.
cat >score.dsl <<'D'
const context = 12
const vocab   = 1000
wte = embedding(vocab, 16)
wpe = embedding(context, 16)
parts = [transformer_encoder_layer(16, 2, dim_feedforward = 32, p = 0, norm_first = i > 0,
                                   context = context)
         for i in 0..2]
wq, wkv, shared = linear(16), linear(8), causal_attention(context, enable_gqa = true)
head = linear(1)
def split_parts(x, n) { return transpose(reshape(x, size(x, axis = 0), -1, n, 4), 1, 2) }
def score(tokens) {
    x = wte(tokens) + wpe(position + arange(size(tokens, axis = 1)))
    for part in parts {
        x = part(x, is_causal = true)
    }
    kv = split_parts(wkv(x), 2)
    x += reshape(transpose(shared(split_parts(wq(x), 4), kv, kv), 1, 2), shape(x))
    return squeeze(head(x), -1)
}
def steps(score) = i32(minimum(maximum(round(100 * score) + vocab / 2, 0), vocab - 1))
input tokens: i32[batch, context]
said = score(tokens)
output steps_said = steps(said)
loss = mean(said ** 2)
data train { tokens = randint(0, vocab, 4, context) }
train {
    minimize loss with sgd(lr = 0.01)
    batch = 4
}
generate {
    input token: i32[batch, 1]
    output next = steps(score(token))
    length     = 11
    context    = context
    vocabulary = none
}
D
# The i32s of an .npy on one line.
numbers() { tail -c "$(($2 * 4))" "$1" | od -An -v -td4 | tr -s ' \n' '  ' | sed 's/^ //; s/ $//'; }
# Is token i + 1 of the first line what the second says behind token i?  A step of rounding is allowed.
follows() {
    echo "$1"; echo "$2"
    printf '%s\n%s\n' "$1" "$2" | awk 'NR == 1 { n = NF; for (i = 1; i <= n; i++) t[i] = $i }
        NR == 2 { for (i = 1; i < n; i++) { d = t[i + 1] - $i; if (d < -1 || d > 1) bad = 1; if ($i > 0 && $i < 999) inside++ } }
        END { exit bad || n < 12 || inside < 8 }'
}
agrees() {
    ./"$1" --quiet --no-log >/dev/null && made=$(./"$1" generate --quiet --prompt 7) || return 1
    "$GRADC" run -e "save \"tokens.npy\", i32([[$(echo "$made" | sed 's/ /, /g')]])" && ./"$1" predict <tokens.npy >said.npy || return 1
    follows "$made" "$(numbers said.npy 12)"
}
for level in 0 1; do
    build -O$level score.dsl -o score || exit 1
    check "-O$level: token by token a transformer says what it says of the whole window" agrees score
done
"$GRADC" --emit=ir -O0 score.dsl | sed 's/ *# .*//' >score.ir && "$GRADC" --from-ir --emit=ir -O0 score.ir | sed 's/ *# .*//' >again.ir
check "the textual IR keeps it" sh -c 'grep -q "^generate @token length=11 context=12 text=numbers" again.ir && cmp score.ir again.ir'
c_says=$(./score generate --quiet --prompt 7)
check "a cache is no weight: checkpoints are without" sh -c '! grep -q "keys" score.safetensors'

# ---- prompts and vocabularies ----

cat >next.dsl <<'D'
const chars = "\nabcd"
option up = 1.0
param w = 1.0
input x: f32[batch]
loss = mean(w * x)
data train { x = randn(8) }
train {
    minimize loss with sgd(lr = 0.0)
    batch = 3
}
generate {
    input token: i64[batch]
    output next = (token + i64(up)) % 5
    vocabulary = chars
}
D
build next.dsl -o next && ./next --quiet --no-log >/dev/null || exit 1
check "it writes behind the prompt" says "abcd" ./next generate --quiet --prompt a --length 3
check "an empty prompt is the beginning of a line" [ "$(./next generate --quiet --length 4)" = abcd ]
printf 'dc' >prompt.txt
check "a prompt may be a file" says "dcba" ./next generate --quiet --prompt-file prompt.txt --length 2 --up -1
check "an option of the model is one of generate, too" [ "$(./next generate --quiet --prompt d --up 4 --length 3)" = dcba ]
check "several texts stand one below the other" [ "$(./next generate --quiet --samples 5 --prompt a --length 1 | grep -c '^ab$')" = 5 ]
check "what is not in the vocabulary is named" says "byte 2, 'x', is not in the vocabulary" ./next generate --prompt 'abxc'
check "... and that is bad input" exits 1 ./next generate --prompt x
check "one prompt, not two" exits 2 ./next generate --prompt a --prompt-file prompt.txt
check "a file that is not there" exits 1 ./next generate --prompt-file nowhere.txt
check "a length is a number above 0" exits 2 ./next generate --length 0
check "--help says how tokens are written" says "tokens are characters of its vocabulary" ./next --help
sed 's/% 5/+ 5/' next.dsl >beyond.dsl
build beyond.dsl -o beyond && cp next.safetensors beyond.safetensors
check "a token without a character is an error" says "token 7 is no character of the vocabulary: they are 0 to 4" ./beyond generate --prompt a
sed '/vocabulary/d; s/% 5/% 256/' next.dsl >bytes.dsl
build bytes.dsl -o bytes && cp next.safetensors bytes.safetensors
check "without a vocabulary tokens are bytes" [ "$(./bytes generate --quiet --prompt '{' --length 2)" = '{|}' ]
sed 's/= chars/= none/' next.dsl >numbers.dsl
build numbers.dsl -o numbers && cp next.safetensors numbers.safetensors
check "vocabulary = none: tokens are numbers" [ "$(./numbers generate --quiet --prompt '2, 3' --length 3)" = '2 3 4 0 1' ]
check "... and nothing else is one" says "'x1' is no token" ./numbers generate --prompt '2 x1'
./next generate --quiet --length 100000 2>err.txt | head -c 10 >/dev/null
check "a reader who leaves needs no message" [ ! -s err.txt ]
"$GRADC" -e 'print 1' -o plain 2>/dev/null || { echo 'print 1' >plain.dsl && "$GRADC" plain.dsl -o plain; }
check "a program without the block says so" says "has no generate block" ./plain generate

# ---- contexts and draws ----

# What it counts: how many tokens stand before this one, and the sum of what the state has seen.
cat >counts.dsl <<'D'
param w = 1.0
input x: f32[batch]
loss = mean(w * x)
data train { x = randn(8) }
train {
    minimize loss with sgd(lr = 0.0)
    batch = 3
}
module total()(x: i64[n]) {
    state seen: i64[n] = 0
    if generating {
        seen <- seen + 1
    }
    return seen
}
count = total()
generate {
    input token: i64[batch]
    output next = 10 * count(token) + position + minimum(token, 0)
    length     = 10
    context    = 4
    vocabulary = none
}
D
build counts.dsl -o counts && ./counts --quiet --no-log >/dev/null || exit 1
# Full behind 4: states begin anew, the last 2 go in again, so the third of them is the next one.
check "a full context begins anew behind its half" [ "$(./counts generate --quiet --prompt 0)" = "0 10 21 32 43 32 43 32 43 32 43" ]
check "a prompt may be longer than the context" [ "$(./counts generate --quiet --prompt '0 0 0 0 0 0 0' --length 2)" = "0 0 0 0 0 0 0 32 43" ]
check "each text begins anew" [ "$(./counts generate --quiet --prompt 0 --length 2 --samples 4 | grep -c '^0 10 21$')" = 4 ]

cat >dice.dsl <<'D'
option temperature = 1.0
const chars = "abcdefgh"
score = embedding(8, 8)
input tokens: i64[batch]
loss = mean(score(tokens))
data train { tokens = randint(0, 8, 8) }
train {
    minimize loss with sgd(lr = 0.0)
    batch = 2
}
generate {
    input token: i64[batch, 1]
    output next = categorical(score(token)[:, -1] / temperature)
    length = 40
    vocabulary = chars
}
D
build dice.dsl -o dice && ./dice --quiet --no-log >/dev/null || exit 1
text=$(./dice generate --quiet)
check "the same seed draws the same text" [ "$text" = "$(./dice generate --quiet)" ]
check "another seed another one" [ "$text" != "$(./dice generate --quiet --seed 3)" ]
check "texts differ" [ "$(./dice generate --quiet --samples 5 | grep -cv -e --- | tr -d ' ')" = 5 -a "$(./dice generate --quiet --samples 5 | grep -v -e --- | sort -u | wc -l)" -eq 5 ]
check "near 0 degrees the likeliest is taken" [ "$(./dice generate --quiet --seed 3 --temperature 1e-4)" = "$(./dice generate --quiet --temperature 1e-4)" ]

# ---- on a GPU ----

lacks=$(cuda_lacks)
if [ -z "$lacks" ]; then
    check "the CUDA program" cuda_make score score.dsl
    check "CUDA: it says what C's does" [ "$(cuda_run forward ./score generate --quiet --prompt 7 --load score.safetensors)" = "$c_says" ]
else
    skip "CUDA programs: $lacks"
fi
finish
