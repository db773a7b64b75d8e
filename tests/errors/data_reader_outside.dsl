x = csv("a.csv")
print x
#! data_reader_outside.dsl:1:5: error: 'csv' reads data: it stands in a data block
#!     1 | x = csv("a.csv")
#!       |     ^~~~~~~~~~~~
