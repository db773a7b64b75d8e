# 9. The chain rule, by hand and by grad
#
# Run with: gradc run 09-chain-rule.dsl
#
# y = sin(x ** 2) * x goes through three steps:
#
#     u = x ** 2        du/dx = 2 x
#     v = sin(u)        dv/du = cos(u)
#     y = v * x         dy/dv = x, and dy/dx where x stands itself: v
#
# The chain rule multiplies along each way from y back to x, and adds the ways.

param x: f64 = 1.5                             # x = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
u = x ** 2
v = sin(u)
y = v * x
print "y", y

by_hand = x * cos(u) * (2 * x) + v
print "by hand", by_hand

# grad does the same on the graph of operations that the compiler has of this file. It is an expression like any other:
# no tape, no .backward(), no .grad to clear.
print "by grad", grad(y, x)                    # torch.autograd.grad(y, x)

# What stands between can be asked for as well.
dv, du = grad(y, v, u)
print "dy/dv", dv, "dy/du", du                 # x, and x cos(u)

# Being an expression, a gradient has a gradient: here the second derivative, and by hand.
print "second", grad(grad(y, x), x)
print "by hand", 6 * x * cos(u) - 4 * x ** 3 * sin(u)

# And the numbers agree with what a derivative is, up to the width of the step.
def f(t) = sin(t ** 2) * t
h = 1e-5
print "differences", (f(x + h) - f(x - h)) / (2 * h)
