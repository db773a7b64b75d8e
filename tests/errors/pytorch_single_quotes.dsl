print 'hello'
#! pytorch_single_quotes.dsl:1:7: error: strings are written with " quotes
#!     1 | print 'hello'
#!       |       ^~~~~~~
