import "import/ping.dsl"
#! import/pong.dsl:1:1: error: this import leads back to 'import/ping.dsl'
#!     1 | import "ping.dsl"
#!       | ^~~~~~~~~~~~~~~~~
