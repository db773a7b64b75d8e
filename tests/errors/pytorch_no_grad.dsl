with torch.no_grad():
    y = 1
#! pytorch_no_grad.dsl:1:1: error: expected a statement, found 'with'
#!     1 | with torch.no_grad():
#!       | ^~~~ there is no with statement; detach(x) stops gradients
