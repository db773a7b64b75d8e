param w = 2.0
scan t in 0..3 with h = 1.0 {
    h = h * w
    slope = grad(h, w)
}
print h
#! scan_grad_of_outside.dsl:4:21: error: inside a scan there are gradients only with respect to what is made there, in the same turn
#!     4 |     slope = grad(h, w)
#!       |                     ^ write grad(...) behind the scan, of what that gives
