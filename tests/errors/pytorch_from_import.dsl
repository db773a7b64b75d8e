from torch import nn
#! pytorch_from_import.dsl:1:6: error: expected the end of the line or '=', found 'torch'
#!     1 | from torch import nn
#!       |      ^~~~~ all functions are there without import; a file of your own: import "layers.dsl"
