x = zeros(3)
y = sigmiod(x)
print y
#! unknown_name.dsl:2:5: error: unknown name 'sigmiod'
#!     2 | y = sigmiod(x)
#!       |     ^~~~~~~ did you mean 'sigmoid'?
