input other: i32[batch, 1]
table = embedding(5, 5)
generate {
    input token: i32[batch, 1]
    output next = argmax(table(token + other)[:, -1], axis = -1)
}
#! generate_depends.dsl:3:1: error: what is generated depends on input 'other', which is not there
#!     3 | generate {
#!       | ^~~~~~~~ apply the layers to the block's own input
