width = 3
print widht
#! unknown_name_local.dsl:2:7: error: unknown name 'widht'
#!     2 | print widht
#!       |       ^~~~~ did you mean 'width'?
