const chars = "abca"
input x: i32[batch, 3]
input y: i32[batch, 3]
input z: i32[batch, 3]
loss = mean(f32(x + y + z) * (zeros(1, 3) |> linear(3)))
data train {
    x = text("a.txt", part = [0.9, 0.1])
    y = text("a.txt", vocabulary = chars)
    z = text("a.txt", vocabulary = "")
}
data valid {
    x = text("a.txt", stride = 0)
    y = text("a.txt", rows = :3, part = [0, 0.5])
    z = text("a.txt", random = 10, stride = 1)
}
data test {
    x = tokens("a.bin", dtype = f32)
    y = tokens("a.bin", random = 10, rows = :3)
    z = tokens("a.bin", vocabulary = chars)
}
train { minimize loss with sgd() }
#! data_windows.dsl:7:30: error: a part is two shares of the file, from 0 to 1
#!     7 |     x = text("a.txt", part = [0.9, 0.1])
#!       |                              ^~~~~~~~~~ part = [0, 0.9] is the first nine tenths
#! data_windows.dsl:8:36: error: the vocabulary has 'a' twice
#!     8 |     y = text("a.txt", vocabulary = chars)
#!       |                                    ^~~~~
#! data_windows.dsl:9:36: error: the vocabulary is empty
#!     9 |     z = text("a.txt", vocabulary = "")
#!       |                                    ^~
#! data_windows.dsl:12:32: error: stride is at least 1, not 0
#!    12 |     x = text("a.txt", stride = 0)
#!       |                                ^
#! data_windows.dsl:13:9: error: rows = and part = both choose what is read: one of them is enough
#!    13 |     y = text("a.txt", rows = :3, part = [0, 0.5])
#!       |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! data_windows.dsl:14:9: error: random windows begin anywhere: stride = has no meaning
#!    14 |     z = text("a.txt", random = 10, stride = 1)
#!       |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! data_windows.dsl:17:33: error: tokens in a file are u16 or u32
#!    17 |     x = tokens("a.bin", dtype = f32)
#!       |                                 ^~~
#! data_windows.dsl:18:9: error: random windows have no rows: part = says where they may lie
#!    18 |     y = tokens("a.bin", random = 10, rows = :3)
#!       |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! data_windows.dsl:19:25: error: tokens takes a path, rows =, part =, offset =, stride =, random =, dtype = and skip =
#!    19 |     z = tokens("a.bin", vocabulary = chars)
#!       |                         ^~~~~~~~~~
#! 9 errors
