x = {"a": 1}
#! pytorch_dict.dsl:1:5: error: expected a value, found '{'
#!     1 | x = {"a": 1}
#!       |     ^ { } are blocks; there are no dictionaries
