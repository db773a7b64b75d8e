x = 3.0
print f"loss {x}"
#! pytorch_fstring.dsl:2:8: error: expected the end of the line, '=' or ',', found a string
#!     2 | print f"loss {x}"
#!       |        ^~~~~~~~~~ print shows several items, with settings: print "loss", loss, precision = 3
