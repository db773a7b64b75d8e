input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = csv("a.csv", rows = 3) }
data test  { x = csv("a.csv", rows = ::2) }
train { minimize loss with sgd() }
#! data_rows.dsl:3:38: error: rows are a slice such as 0:100, not one row
#!     3 | data train { x = csv("a.csv", rows = 3) }
#!       |                                      ^
#! data_rows.dsl:4:37: error: rows are a slice such as 0:100, not one with a step
#!     4 | data test  { x = csv("a.csv", rows = ::2) }
#!       |                                     ^~~~
#! 2 errors
