input x: f32[batch, 3]
y = x |> linear(1)
loss = mean(y * y)
optimizer odd(lr = 0.1)(p, g) {
    state seen: f32[batch] = 0
    p <- p - lr * g + mean(seen)
}
data train { x = randn(8, 3) }
train { minimize loss with odd() }
#! state_of_optimizer_with_batch.dsl:5:17: error: an optimizer's state cannot have a batch dimension: f32[batch]
#!     5 |     state seen: f32[batch] = 0
#!       |                 ^~~~~~~~~~
#! state_of_optimizer_with_batch.dsl:9:28: note: in the call of 'odd', here
#!     9 | train { minimize loss with odd() }
#!       |                            ^~~~~
