import torch.nn as nn
#! pytorch_import_as.dsl:1:8: error: expected a string, found 'torch'
#!     1 | import torch.nn as nn
#!       |        ^~~~~ all functions are there without import; a file of your own: import "layers.dsl"
