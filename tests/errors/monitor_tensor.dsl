input x: f32[batch, 2]
input y: i32[batch]
logits = x |> linear(2)
loss = cross_entropy(logits, y)
metric matrix = confusion_matrix(logits, y)
data train { x = randn(4, 2)
             y = i32(randint(0, 2, 4)) }
data valid { x = randn(4, 2)
             y = i32(randint(0, 2, 4)) }
train {
    minimize loss with sgd()
    monitor = "matrix"
    patience = 2
}
#! monitor_tensor.dsl:12:5: error: 'matrix' is i64[2, 2]: neither large nor small
#!    12 |     monitor = "matrix"
#!       |     ^~~~~~~~~~~~~~~~~~ monitor a metric that is one number
