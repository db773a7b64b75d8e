print 1.0, precison = 3
print 1.0, precision = -1
print 1.0, precision = 0.5
print 1.0, sci_mode = 1
x = (1, a = 2)
#! print_settings.dsl:1:12: error: print has no setting 'precison'
#!     1 | print 1.0, precison = 3
#!       |            ^~~~~~~~ did you mean 'precision'?
#! print_settings.dsl:2:24: error: precision must be from 0 to 100, not -1
#!     2 | print 1.0, precision = -1
#!       |                        ^~
#! print_settings.dsl:3:24: error: precision must be an integer, not the number 0.5
#!     3 | print 1.0, precision = 0.5
#!       |                        ^~~
#! print_settings.dsl:4:23: error: sci_mode must be true or false, not the integer 1
#!     4 | print 1.0, sci_mode = 1
#!       |                       ^
#! print_settings.dsl:5:9: error: name = value can only stand in a call
#!     5 | x = (1, a = 2)
#!       |         ^
#! 5 errors
