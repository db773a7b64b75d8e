import "import"
#! import_directory.dsl:1:8: error: cannot import 'import': it is a directory
#!     1 | import "import"
#!       |        ^~~~~~~~
