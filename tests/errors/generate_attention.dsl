table = embedding(5, 4)
blocks = transformer_encoder_layer(4, 2)
each = [linear(2) for i in 3]
generate {
    input token: i32[batch, 1]
    output next = argmax(blocks(table(token), is_causal = true)[:, -1], axis = -1)
}
#! generate_attention.dsl:3:28: error: 'for' goes over a range or a list known when compiling, not the integer 3
#!     3 | each = [linear(2) for i in 3]
#!       |                            ^ write 0..n for n turns
#! generate_attention.dsl:6:26: error: attention in a generate block takes one token at a time, and has to know how many it remembers: context = 128
#!     6 |     output next = argmax(blocks(table(token), is_causal = true)[:, -1], axis = -1)
#!       |                          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! 2 errors
