# charlstm.dsl: a recurrent network reads Shakespeare letter by letter, and writes more of it
#
#     gradc charlstm.dsl -o charlstm && ./charlstm
#     ./charlstm generate --prompt "ROMEO:" --length 300
#
# The text (data/README.md) is cut into windows of 64 letters, and those into 32 lanes that are read side by side.
# With `carry` the network remembers at the beginning of a window what it knew at the end of the one before, in
# training (truncated backpropagation through time), in validation, and when it writes.
# After 3 epochs, 1,470 steps, a letter of the last tenth of the text costs 1.67 nats; guessing among 65 costs 4.17.

option lr = 4e-3
option temperature = 0.7                      # of what it writes: 1 as the text has the letters, near 0 the likeliest
const  window = 64
const  hidden = 256
const  chars  = 128                           # ASCII

input letters: u8[batch, window]
input next:    u8[batch, window]              # one letter on

read   = embedding(chars, 64)
memory = lstm(hidden, carry = true)
write  = linear(chars)
def model(letters) {
    said, h, c = memory(read(letters))
    return write(said)
}
loss = cross_entropy(model(letters), next)

data train {
    letters = text("data/shakespeare.txt.gz", part = [0, 0.9])
    next    = text("data/shakespeare.txt.gz", part = [0, 0.9], offset = 1)
}
data valid {
    letters = text("data/shakespeare.txt.gz", part = [0.9, 1])
    next    = text("data/shakespeare.txt.gz", part = [0.9, 1], offset = 1)
}

train {
    minimize loss with adam(lr = lr * cosine((step - 1) / steps))
    clip_norm = 1.0
    batch     = 32
    epochs    = 3
}

generate {
    input letter: u8[batch, 1]
    output then = categorical(model(letter)[:, -1] / temperature)
    length      = 300
}
