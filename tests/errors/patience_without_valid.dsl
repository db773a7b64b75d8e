input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train {
    minimize loss with sgd()
    patience = 3
}
#! patience_without_valid.dsl:6:5: error: the best result is looked for on validation data, and there is none
#!     6 |     patience = 3
#!       |     ^~~~~~~~~~~~ data valid { ... }
