input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = csv("a.csv", row = :3) }
data valid { x = idx("a.idx", columns = :3) }
data test  { x = csv(rows = :3) }
train { minimize loss with sgd() }
#! data_reader_arguments.dsl:3:31: error: csv takes a path, rows =, part = and columns =
#!     3 | data train { x = csv("a.csv", row = :3) }
#!       |                               ^~~ did you mean 'rows'?
#! data_reader_arguments.dsl:4:31: error: idx takes a path, rows = and part =
#!     4 | data valid { x = idx("a.idx", columns = :3) }
#!       |                               ^~~~~~~
#! data_reader_arguments.dsl:5:18: error: a reader needs a path: csv("file")
#!     5 | data test  { x = csv(rows = :3) }
#!       |                  ^~~~~~~~~~~~~~
#! 3 errors
