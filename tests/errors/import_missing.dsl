import "import/nowhere.dsl"
#! import_missing.dsl:1:8: error: cannot import 'import/nowhere.dsl': No such file or directory
#!     1 | import "import/nowhere.dsl"
#!       |        ^~~~~~~~~~~~~~~~~~~~
