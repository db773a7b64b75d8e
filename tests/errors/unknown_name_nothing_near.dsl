print qqqqqqqq
#! unknown_name_nothing_near.dsl:1:7: error: unknown name 'qqqqqqqq'
#!     1 | print qqqqqqqq
#!       |       ^~~~~~~~
