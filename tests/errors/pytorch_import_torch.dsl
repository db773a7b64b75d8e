import torch
#! pytorch_import_torch.dsl:1:8: error: expected a string, found 'torch'
#!     1 | import torch
#!       |        ^~~~~ all functions are there without import; a file of your own: import "layers.dsl"
