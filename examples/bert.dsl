# bert.dsl: a masked language model, which guesses characters that are missing from a text
#
#     gradc bert.dsl -o bert && ./bert
#
# After "BERT" (Devlin et al., 2018), with characters for words: of each window 15 % of the characters
# are chosen, anew for each batch; of those 80 % are hidden, 10 % replaced by any other, 10 % left, and
# the model says what they were.  It sees what stands on both sides.  The text is Tiny Shakespeare, of
# which the first 90 % are learned from.  After 4 epochs, some 5 minutes of one core, the loss of the rest
# is about 1.63, and more than half of the chosen characters are guessed right.

const context = 64
const width   = 128
const depth   = 4
const heads   = 4
const drop    = 0.0
const bytes   = 128                           # a character is its byte
const hidden  = bytes                         # what stands where one is hidden

option lr = 1e-3

input token: i32[batch, context]              # as it was
input chosen: bool[batch, context]            # where the model has to say what it was
input seen: i32[batch, context]               # what it gets to see

module bert()(ids) {
    param table: f32[bytes + 1, width] = normal(std = 0.02)
    param place: f32[context, width] = normal(std = 0.02)
    h = table[ids] + place
    for i in 0..depth {
        layer = transformer_encoder_layer(width, heads, dim_feedforward = 4 * width, p = drop,
                                          activation = gelu, norm_first = true)
        h = layer(h)
    }
    norm = layernorm()
    param bias: f32[bytes + 1] = 0
    return norm(h) @ transpose(table) + bias  # the table of characters reads the answer, too
}
lm     = bert()
logits = lm(seen)

# The mean over the chosen places of all windows.
loss            = cross_entropy(logits, where(chosen, token, -100), ignore_index = -100)
metric accuracy = sum(argmax(logits, axis = -1) == token and chosen) / sum(chosen)
output filled   = where(seen == hidden, argmax(logits, axis = -1), seen)

def choose(token) = rand_like(f32(token)) < 0.15
def conceal(token, chosen) {
    lot   = rand_like(f32(token))
    other = i32(rand_like(f32(token)) * bytes)
    return where(chosen, where(lot < 0.8, hidden, where(lot < 0.9, other, token)), token)
}

data train {
    token  = text("data/shakespeare.txt.gz", part = [0, 0.9])
    chosen = choose(token)
    seen   = conceal(token, chosen)
}

data valid {
    token  = text("data/shakespeare.txt.gz", part = [0.9, 1])
    chosen = choose(token)
    seen   = conceal(token, chosen)
}

train {
    minimize loss with adamw(lr = lr * warmup(step, 100) * cosine((step - 1) / steps))
    clip_norm = 1.0
    batch     = 32
    epochs    = 4
    shuffle   = true
}
