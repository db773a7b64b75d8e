# 10. Gradients of numbers
#
# Run with: gradc run 10-scalar-gradients.dsl
#
# The smallest model there is: a line through one sample. In PyTorch:
#
#     w = torch.tensor(1.0, requires_grad=True)
#     b = torch.tensor(3.0, requires_grad=True)
#     loss = (w * x + b - y) ** 2
#     loss.backward()
#     print(w.grad, b.grad)                    # tensor(80.) tensor(16.)

param w = 1.0                                  # what is learned, and where it starts
param b = 3.0
x = 5.0
y = 0.0

prediction = w * x + b
loss       = (prediction - y) ** 2
print "prediction", prediction, "loss", loss

# By hand: dloss/dprediction = 2 (prediction - y) = 16; times x for w, times 1 for b.
gw, gb = grad(loss, w, b)                      # both from one backward pass
print "gradients", gw, gb

# One step against the gradient makes the loss smaller.
rate = 0.01
w2   = w - rate * gw
b2   = b - rate * gb
print "after a step", w2, b2, (w2 * x + b2 - y) ** 2
