fc = linear(4)
print sum(fc.weight)
#! member_before_application.dsl:2:14: error: layer 'fc' has no 'weight' before it is applied
#!     2 | print sum(fc.weight)
#!       |              ^~~~~~ its shape is known from then on
