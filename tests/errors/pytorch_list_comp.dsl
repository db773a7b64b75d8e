x = [1, i * 2 for i in 0..3]
print x
#! pytorch_list_comp.dsl:1:15: error: expected ',' or ']', found 'for'
#!     1 | x = [1, i * 2 for i in 0..3]
#!       |               ^~~ one item stands before 'for': [f(i) for i in 0..n]
