# gpt.dsl -- a GPT over characters: it learns to write Shakespeare, and writes.
#
#     gradc gpt.dsl && ./gpt
#     ./gpt generate --prompt "ROMEO:" --length 500 --temperature 0.8
#
# Parts and names are GPT-2's.  -Dlayers=12 -Dheads=12 -Dwidth=768 -Dcontext=1024 -Dvocab=50257 -Dbatch_size=1 is its
# smallest, of 124 million parameters, and takes the weights that were published: --load-partial model.safetensors.
# Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.

const book    = "data/shakespeare.txt.gz"
const chars   = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const layers  = 4
const heads   = 4
const width   = 128
const context = 128         # tokens that are looked back at
const vocab   = len(chars)
const tied    = true        # the scores of what follows are made of the table of tokens
const p       = 0.0         # dropout
const batch_size = 8
const windows = 15680       # an epoch's, of the text, at random places

option lr          = 2e-3
option temperature = 0.8

# A row for each token, or each place.
module table(rows)(ids) {
    param weight: f32[rows, width] = normal(0, 0.02)
    return weight[ids]
}

# A linear layer whose weight is [in, out].
module conv1d(out, spread = 0.02)(x: f32[.., n]) {
    param weight: f32[n, out] = normal(0, spread)
    param bias: f32[out] = 0
    return x @ weight + bias
}

module self_attention()(x) {
    c_attn = conv1d(3 * width)
    c_proj = conv1d(width, spread = 0.02 / sqrt(2 * layers))
    query, key, value = split(c_attn(x), width, axis = -1)
    look_back = causal_attention(context, dropout_p = p)
    seen = look_back(split_heads(query, heads), split_heads(key, heads), split_heads(value, heads))
    return reshape(permute(seen, 0, 2, 1, 3), shape(x)) |> c_proj |> dropout(p)
}

module two_layers()(x) {
    c_fc   = conv1d(4 * width)
    c_proj = conv1d(width, spread = 0.02 / sqrt(2 * layers))
    return x |> c_fc |> gelu_tanh |> c_proj |> dropout(p)
}

module block()(x) {
    ln_1 = layernorm()
    ln_2 = layernorm()
    attn = self_attention()
    mlp  = two_layers()
    x += attn(ln_1(x))
    return x + mlp(ln_2(x))
}

wte     = table(vocab)
wpe     = table(context)
h       = [block() for i in 0..layers]
ln_f    = layernorm()
lm_head = linear(vocab, bias = false)

# How likely each token is to follow: f32[batch, time, vocab].
def gpt(tokens) {
    x = wte(tokens) + wpe(position + arange(size(tokens, axis = 1))) |> dropout(p)
    for layer in h {
        x = layer(x)
    }
    x = ln_f(x)
    return x @ transpose(wte.weight) if tied else lm_head(x)
}

input tokens: i32[batch, context]
input following: i32[batch, context]
loss = cross_entropy(gpt(tokens), following)

data train {
    tokens    = text(book, part = [0, 0.9], random = windows, vocabulary = chars)
    following = text(book, part = [0, 0.9], random = windows, vocabulary = chars, offset = 1)
}
data valid {
    tokens    = text(book, part = [0.9, 1], vocabulary = chars)
    following = text(book, part = [0.9, 1], vocabulary = chars, offset = 1)
}

train {
    minimize loss with adamw(lr = lr * warmup(step, 100) * cosine(step / steps, last = 0.1),
                             weight_decay = 0.1)
    batch     = batch_size
    epochs    = 2
    clip_norm = 1
}

generate {
    input token: i32[batch, 1]
    output next = categorical(gpt(token)[:, -1] / temperature)
    length      = 500
    context     = context
    vocabulary  = chars if vocab == len(chars) else none
}
