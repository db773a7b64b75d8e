print load("none.npy")
print load(3)
print load("load_wrong.dsl")
print load("import")
input x: f32[batch]
data train { x = load("x.npy") }
loss = mean(x)
#! load_wrong.dsl:1:12: error: cannot load 'none.npy': No such file or directory
#!     1 | print load("none.npy")
#!       |            ^~~~~~~~~~
#! load_wrong.dsl:2:12: error: load takes the path of a file, as in load("x.npy"), not the integer 3
#!     2 | print load(3)
#!       |            ^
#! load_wrong.dsl:3:12: error: cannot load 'load_wrong.dsl': it is no .npy, .npz or IDX file
#!     3 | print load("load_wrong.dsl")
#!       |            ^~~~~~~~~~~~~~~~
#! load_wrong.dsl:4:12: error: cannot load 'import': it is a directory
#!     4 | print load("import")
#!       |            ^~~~~~~~
#! load_wrong.dsl:6:23: error: load is not for data blocks
#!     6 | data train { x = load("x.npy") }
#!       |                       ^~~~~~~ write npy("file"), whose rows are the samples
#! 5 errors
