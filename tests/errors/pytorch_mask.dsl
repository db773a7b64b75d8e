x = [1.0, -1.0]
print x[x > 0]
#! pytorch_mask.dsl:2:9: error: bool[2] cannot choose elements: how many it would choose is known only when the program runs
#!     2 | print x[x > 0]
#!       |         ^~~~~ use where(mask, x, 0), or x * mask
