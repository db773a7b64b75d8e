input tokens: i32[batch, 8]
input other: f32[batch, 3]
table = embedding(5, 5)
generate {
    input token: i32[batch, 2]
    output next = argmax(table(token)[:, -1], axis = -1)
    lenght = 5
    context = 1
    vocabulary = "abca"
}
#! generate_wrong.dsl:7:5: error: generate has no setting 'lenght'
#!     7 |     lenght = 5
#!       |     ^~~~~~ did you mean 'length'?
#! generate_wrong.dsl:8:15: error: context is a number of tokens from 2 to 2^30, not 1
#!     8 |     context = 1
#!       |               ^
#! generate_wrong.dsl:9:18: error: the vocabulary has 'a' twice
#!     9 |     vocabulary = "abca"
#!       |                  ^~~~~~
#! generate_wrong.dsl:5:18: error: the last token of each sample is an integer for each, not i32[batch, 2]
#!     5 |     input token: i32[batch, 2]
#!       |                  ^~~~~~~~~~~~~ input token: i32[batch, 1]
#! 4 errors
