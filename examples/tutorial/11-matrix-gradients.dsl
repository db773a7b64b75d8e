# 11. Gradients of matrices
#
# Run with: gradc run 11-matrix-gradients.dsl
#
# The gradient of a number by a matrix has the matrix's shape: how much the number changes with each element.

x = f32([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])  # three samples
y = [[1.0], [0.0], [2.0]]
param w = [[0.5], [-0.5]]                      # requires_grad=True
param b = [0.1]

error = x @ w + b - y
loss  = mean(error ** 2)
print "loss", loss

gw, gb = grad(loss, w, b)                      # torch.autograd.grad(loss, [w, b])
print "dloss/dw", gw
print "dloss/db", gb

# By hand: the error comes back through the product as x transposed, and through the broadcast of b as a sum.
print "by hand ", 2 / 3 * transpose(x) @ error
print "by hand ", 2 / 3 * sum(error, axis = 0)

# A gradient needs a single number to start from. Of a vector, sum what is wanted: with weights u this is the
# product of u with the matrix of all derivatives.
u = [[1.0], [0.0], [0.0]]
print "of the first sample", grad(sum(u * error), w)    # error.backward(gradient=u)

# By any tensor, not parameters alone; a bare list is no tensor yet, which is why x is an f32(...) above.
print "dloss/dx", grad(loss, x)
