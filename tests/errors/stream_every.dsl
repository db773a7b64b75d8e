input x: f32[batch, 3]
state h: f32[batch, 3] = 0
h <- 0.5 * h + x
G = linear(1)
D = linear(1)
a = mean(G(h) ** 2)
b = mean(D(h) ** 2)
data train { x = randn(8, 3) }
train {
    step { minimize a over G with sgd(lr = 0.1) }
    step { minimize b over D with sgd(lr = 0.1)
           every = 2 }
}
#! stream_every.dsl:2:1: error: 'h' is written by the last step of each batch, which does not run in each
#!     2 | state h: f32[batch, 3] = 0
#!       | ^~~~~~~~~~~~~~~~~~~~~~~~~~ put a step without 'every' last
