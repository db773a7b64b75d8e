x = [i * 2 for i in 0..3]
print x
#! pytorch_list_comp.dsl:1:12: error: expected ',' or ']', found 'for'
#!     1 | x = [i * 2 for i in 0..3]
#!       |            ^~~ a list has its items written out; arange(n) counts
