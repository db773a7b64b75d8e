input x: f32[batch, 3]
h = x |> linear(widht)
y = h * 2 + h
loss = mean(y)
metric error = loss
output z = y
data train { x = randn(10, 3) }
train { minimize loss with sgd() }
#! one_mistake_one_message.dsl:2:17: error: unknown name 'widht'
#!     2 | h = x |> linear(widht)
#!       |                 ^~~~~
