x = [1.0, 2.0]
save "x.txt", x
save "x.npy", x, x
save "x.npz", x + 1
save "x.npz", x, x = 2
save "y.npy", x
save "y.npy", x
#! save_wrong.dsl:2:6: error: 'x.txt': what is written is said by the name's ending
#!     2 | save "x.txt", x
#!       |      ^~~~~~~ name it .npy for one array, .npz for several, .png for images
#! save_wrong.dsl:3:1: error: an .npy file holds one array, without a name
#!     3 | save "x.npy", x, x
#!       | ^~~~~~~~~~~~~~~~~~ for several, or for names: save "file.npz", x = a, y = b
#! save_wrong.dsl:4:15: error: an array in an .npz file needs a name
#!     4 | save "x.npz", x + 1
#!       |               ^~~~~ write name = value
#! save_wrong.dsl:5:22: error: 'x.npz' holds two arrays named 'x'
#!     5 | save "x.npz", x, x = 2
#!       |                      ^
#! save_wrong.dsl:7:6: error: 'y.npy' is written twice
#!     7 | save "y.npy", x
#!       |      ^~~~~~~
#! save_wrong.dsl:6:15: note: it was written here
#!     6 | save "y.npy", x
#!       |               ^
#! 5 errors
