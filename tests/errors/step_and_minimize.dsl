input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train {
    minimize loss with sgd()
    step { minimize loss with sgd() }
}
#! step_and_minimize.dsl:5:5: error: where there are step { } blocks, each minimize stands in one
#!     5 |     minimize loss with sgd()
#!       |     ^~~~~~~~~~~~~~~~~~~~~~~~
