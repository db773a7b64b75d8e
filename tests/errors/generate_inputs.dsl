input token: i32[batch, 8]
input other: i32[batch, 3]
table = embedding(5, 5)
generate {
    input token: i32[batch, 1]
    input second: i32[batch, 1]
    output next = argmax(table(second)[:, -1], axis = -1)
    vocabulary = 3
    length = 0
}
#! generate_inputs.dsl:8:18: error: a vocabulary is a string, not the integer 3
#!     8 |     vocabulary = 3
#!       |                  ^ const chars = "\n abc"
#! generate_inputs.dsl:9:14: error: length is a number of tokens from 1 to 2^30, not 0
#!     9 |     length = 0
#!       |              ^
#! generate_inputs.dsl:5:11: error: input 'token' is declared twice
#!     5 |     input token: i32[batch, 1]
#!       |           ^~~~~ give the block's another name
#! generate_inputs.dsl:1:1: note: it was declared here first
#!     1 | input token: i32[batch, 8]
#!       | ^~~~~~~~~~~~~~~~~~~~~~~~~~
#! 3 errors
