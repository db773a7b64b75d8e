input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train {
    minimize loss with sgd()
    epoch = 3
}
#! train_unknown_key.dsl:6:5: error: train has no setting 'epoch'
#!     6 |     epoch = 3
#!       |     ^~~~~ did you mean 'epochs'?
