generate {
    input token: i32[batch]
    output next = token
}
generate {
    input token: i32[batch]
    output next = token
}
#! generate_second.dsl:5:1: error: there is a second generate block
#!     5 | generate {
#!       | ^~~~~~~~
#! generate_second.dsl:1:1: note: the first is here
#!     1 | generate {
#!       | ^~~~~~~~
