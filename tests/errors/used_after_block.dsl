const deep = true
if deep {
    h = zeros(3)
}
print h
#! used_after_block.dsl:5:7: error: 'h' is not bound here
#!     5 | print h
#!       |       ^
#! used_after_block.dsl:3:5: note: it was bound in a block, which has ended; give it a value before the block
#!     3 |     h = zeros(3)
#!       |     ^
