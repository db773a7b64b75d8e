class Net(nn.Module):
    pass
#! pytorch_class.dsl:1:7: error: expected the end of the line or '=', found 'Net'
#!     1 | class Net(nn.Module):
#!       |       ^~~ write a module
#! pytorch_class.dsl:2:5: error: this value is not used
#!     2 |     pass
#!       |     ^~~~ leave it out
#! 2 errors
