input other: i32[batch, 1]
table = embedding(5, 5)
generate {
    input token: i32[batch, 1]
    output next = table(token)[:, -1]
}
#! generate_output.dsl:5:5: error: the next token of each sample is an integer for each, not f32[batch, 5]
#!     5 |     output next = table(token)[:, -1]
#!       |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ categorical(logits[:, -1])
