# second.dsl -- gradients of gradients, several gradients from one backward pass, tied weights.
import "fixed.dsl"
param w: f64[3, 2] = [[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25]]
param b: f64[2] = [0.5, -1.0]
x = f64([[0.5, -1.0, 2.0], [1.0, 0.25, -0.75], [-1.5, 0.5, 0.25], [0.75, 1.0, -1.0]])
t = f64([[0.5, 1.0], [-1.0, 0.25], [2.0, 0.5], [0.0, -0.75]])
v = f64([[1.0, 0.5], [-0.5, 2.0], [0.25, -1.0]])

h = tanh(x @ w + b)
loss = mean((h - t) ** 2)
gw, gb = grad(loss, w, b)
print "both:", fixed(gw), fixed(gb)
# A Hessian times a vector, without the Hessian; and its parts of two parameters.
hv = grad(sum(gw * v), w)
print "hessian vector:", fixed(hv)
hw, hb = grad(sum(gw * v) + sum(gb * gb), w, b)
print "hessian of both:", fixed(hw), fixed(hb)
print "third:", fixed(grad(sum(hv * v), w))
# One row of the Hessian is the gradient of one gradient.
print "hessian row:", fixed(grad(gw[1, 0], w))

# The penalty of WGAN-GP, and what it asks of the weights.
param points: f64[4, 3] = x
score = sum(tanh(points @ w) @ b)
length = sqrt(sum(grad(score, points) ** 2, axis = 1))
penalty = mean((length - 1) ** 2)
pw, pb = grad(penalty, w, b)
print "penalty:", fixed(penalty), fixed(pw), fixed(pb)

# What is detached counts as a constant, also inside.
print "detached:", fixed(grad(sum(detach(h) * h), w)), fixed(grad(sum(grad(loss, w) * detach(gw)), b))
# Gradients add up where a value is used twice; a gradient by a value in between.
print "in between:", fixed(grad(loss, h)), fixed(grad(loss + sum(h), h))

# Tied weights: one matrix reads words and writes them.
param words: f64[5, 2] = [[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25], [1.0, 0.5], [-0.75, -1.0]]
word = one_hot([3, 0, 4], 5, dtype = f64) @ words
logits = tanh(word) @ transpose(words)
tied = cross_entropy(logits, [0, 4, 2])
print "tied:", fixed(tied), fixed(grad(tied, words))
