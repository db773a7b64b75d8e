generate {
    length = 5
}
output y = 1.0
#! generate_nothing.dsl:1:1: error: a generate block needs an input: the last token of each sample
#!     1 | generate {
#!       | ^~~~~~~~ input token: i32[batch, 1]
#! generate_nothing.dsl:1:1: error: a generate block needs an output: the next token of each sample
#!     1 | generate {
#!       | ^~~~~~~~ output next = categorical(logits[:, -1])
#! 2 errors
