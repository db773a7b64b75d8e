# 4. Arithmetic
#
# Run with: gradc run 04-arithmetic.dsl

a = [1.0, 2.0, 3.0]
b = [4.0, 5.0, 6.0]

# Element by element, with operators or by name.
print a + b, add(a, b)                         # a + b, torch.add(a, b)
print a - b, sub(a, b)
print a * b, mul(a, b)
print a / b, div(a, b)
print a ** 2, pow(a, 2)
print -a, neg(a)

# A number meets every element. Whole numbers divide to floats; // rounds down and % has the sign of its right side.
print [7, -7] / 2                              # torch.tensor([7, -7]) / 2
print [7, -7] // 2                             # torch.div(x, 2, rounding_mode="floor")
print [7, -7] % 3                              # torch.remainder(x, 3)

# Functions of each element.
print sqrt(a), exp(a), log(a)
print round([0.5, 1.5, -2.4]), floor([-0.5]), abs([-3.0])

# Broadcasting: axes are matched from the last one, and one of size 1 is repeated.
column = [[10.0], [20.0]]
print column + a                               # [2, 1] and [3] give [2, 3]

# Comparisons give booleans; where chooses by them.
print a > 1.5, where(a > 1.5, a, 0.0)          # torch.where(a > 1.5, a, 0)

# `+=` makes a new value and gives it the old name. Nothing is changed behind anybody's back: `before` keeps what it is.
# (In PyTorch a.add_(1) would change it, and upset autograd.)
before = a
a += 1                                         # a = a + 1
a *= 10
print a, before

# From many to one.
print sum(b), mean(b), max(b), prod(b), argmax(b)
print sum(column + a, axis = 0), sum(column + a, axis = 1)    # x.sum(dim=0), x.sum(dim=1)
