input x: f32[batch, 3]
output y = 2 * x
save "y-{epoch}.npy", [1.0]
report {
    print "sum", sum(y)
    save "zeros.npy", zeros(batch, 2)
    save "one.png", [1.0]
    save "two.png", zeros(2, 2, 4, 4)
    save "three.png", [[1, 2]]
    save "four.jpg", [[1.0]]
    save "five.png", x = [[1.0]]
}
report { print 1 }
#! report_inputs.dsl:3:6: error: 'y-{epoch}.npy': there is no epoch here
#!     3 | save "y-{epoch}.npy", [1.0]
#!       |      ^~~~~~~~~~~~~~~ write it in a report block, which runs after each
#! report_inputs.dsl:13:1: error: there is a second report
#!    13 | report { print 1 }
#!       | ^~~~~~ put both into one
#! report_inputs.dsl:4:1: note: the first is here
#!     4 | report {
#!       | ^~~~~~
#! report_inputs.dsl:10:10: error: 'four.jpg': what is written is said by the name's ending
#!    10 |     save "four.jpg", [[1.0]]
#!       |          ^~~~~~~~~~ name it .npy for one array, .npz for several, .png for images
#! report_inputs.dsl:11:5: error: a .png file holds one tensor, without a name
#!    11 |     save "five.png", x = [[1.0]]
#!       |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~ make one tensor of several images, as with stack or concat
#! report_inputs.dsl:7:21: error: f32[1] is no image
#!     7 |     save "one.png", [1.0]
#!       |                     ^~~~~ [h, w], [1 or 3, h, w], [n, h, w] or [n, 1 or 3, h, w] are, n of them in a grid
#! report_inputs.dsl:8:21: error: f32[2, 2, 4, 4] is no image
#!     8 |     save "two.png", zeros(2, 2, 4, 4)
#!       |                     ^~~~~~~~~~~~~~~~~ [h, w], [1 or 3, h, w], [n, h, w] or [n, 1 or 3, h, w] are, n of them in a grid
#! report_inputs.dsl:9:23: error: i64[1, 2] is no image
#!     9 |     save "three.png", [[1, 2]]
#!       |                       ^~~~~~~~ divide it, or cast it: floats from 0 to 1, u8 and bool can be shown
#! report_inputs.dsl:5:18: error: what a report shows cannot depend on input 'x'
#!     5 |     print "sum", sum(y)
#!       |                  ^~~~~~ draw it, as in randn(64, 100), or read it from a file with load
#! report_inputs.dsl:6:23: error: a report has no batch, but this is f32[batch, 2]
#!     6 |     save "zeros.npy", zeros(batch, 2)
#!       |                       ^~~~~~~~~~~~~~~ write a number in its place, as in randn(64, 100)
#! 9 errors
