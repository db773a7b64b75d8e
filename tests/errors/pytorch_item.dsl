x = sum([1.0, 2.0])
print x.item()
#! pytorch_item.dsl:2:9: error: unknown name 'item'
#!     2 | print x.item()
#!       |         ^~~~ a tensor of one element is a number already: leave it out
