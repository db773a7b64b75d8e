generate {
    input token: i32[batch]
    state seen: i32[batch] = 0
    output next = token
}
#! generate_twice.dsl:3:5: error: state cannot stand in generate
#!     3 |     state seen: i32[batch] = 0
#!       |     ^~~~~~~~~~~~~~~~~~~~~~~~~~
