# 12. Accumulation
#
# Run with: gradc run 12-accumulation.dsl
#
# In PyTorch .backward() adds to .grad, and forgetting optimizer.zero_grad() is a classic mistake. Here a gradient is a
# value, and what is to be added is added in the open.

param w = 2.0

first  = (w * 3) ** 2                          # gradient 2 * 9 * w = 36
second = w ** 3                                # gradient 3 w ** 2 = 12
print "first", grad(first, w), "second", grad(second, w)

# loss1.backward(); loss2.backward(); w.grad
print "added", grad(first, w) + grad(second, w)

# The gradient of a sum is the sum of the gradients: so this is the same, in one backward pass.
print "of the sum", grad(first + second, w)

# A value that is used twice gets the gradients of both uses, added: dy/dw = 3 + 2 w.
y = 3 * w + w * w
print "two uses", grad(y, w)

# A large batch in parts: the gradient of a mean over 4 samples is the mean of those over 2 and 2.
x      = [1.0, 2.0, 3.0, 4.0]
target = [2.0, 1.0, 0.0, 3.0]
def loss(part, wanted) = mean((w * part - wanted) ** 2)
total = 0.0
for i in 0..2 {
    total += grad(loss(x[2 * i:2 * i + 2], target[2 * i:2 * i + 2]), w) / 2
}
print "in parts", total, "at once", grad(loss(x, target), w)

# When training, `accumulate = 2` in the train block does this, with memory for one part only.
