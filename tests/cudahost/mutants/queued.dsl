# queued.dsl -- steps that are queued: two blocks in turn, each over micro-batches, with averages, draws and states.
input x: f32[batch, 4]
a = linear(4, bias = false)
b = linear(4, bias = false)
state last = 0.5
state before = 0.25
before <- last
last <- mean(x)
first = mse_loss(x |> a |> tanh |> dropout(0.1) |> b, x) + 0.1 * before
second = mean(abs(x |> a))
data train { x = randn(50, 4) }
data valid { x = randn(3, 4) }
train {
    batch      = 2
    accumulate = 3
    average    = 0.9
    epochs     = 2
    step { minimize first with sgd(lr = 0.1 / (1 + step)) over a, b }
    step { minimize second with sgd(lr = 0.01, momentum = 0.9) over a
           every = 2 }
}
