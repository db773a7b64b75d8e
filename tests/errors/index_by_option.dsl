option k = 1
x = zeros(3)
print x[k]
#! index_by_option.dsl:3:9: error: a value of options or counters cannot be an index
#!     3 | print x[k]
#!       |         ^ make it a tensor of integers: i64(...)
