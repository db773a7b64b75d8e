x = [1.0, 2.0, 3.0]
print x[x > 1.5]
#! index_by_mask.dsl:2:9: error: bool[3] cannot choose elements: how many it would choose is known only when the program runs
#!     2 | print x[x > 1.5]
#!       |         ^~~~~~~ use where(mask, x, 0), or x * mask
