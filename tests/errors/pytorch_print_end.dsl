print("a", end = "")
#! pytorch_print_end.dsl:1:12: error: print has no setting 'end'
#!     1 | print("a", end = "")
#!       |            ^~~ it takes precision, threshold, edgeitems, linewidth and sci_mode
