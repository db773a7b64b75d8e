# gpu_epilogues.dsl: products with a bias, relu or gelu behind them, and others that look like it, in whole numbers
# where they can be.  Each is a factor of another product, so that it is computed as a whole.  tests/gpu_epilogues.sh

def whole(x) = round(2 * x)
def told(x) = sum(f64(x) * round(3 * f64(rand_like(x))))
def next(x) = told(x @ whole(randn(130, 3)))
def gelu_tanh(x) = 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))
def gelu_other(x) = (tanh(0.7978845608 * x + 0.0356774081 * x * x * x) + 1) * (x / 2)
def gelu_wrong(x) = 0.5 * x * (1 + tanh(0.8 * (x + 0.044715 * x ** 3)))

def relu_where(x) = where(x > 0, x, 0)
def relu_bounded(x) = where(x <= 1, 0, x)

w = whole(randn(140, 130))
small = 0.01 * w
b = whole(randn(130))
heads = whole(randn(30, 5, 140))
def product(w) = whole(randn(132, 140)) @ w

# by cuBLASLt
print "bias", next(product(w) + b)
print "bias first", next(b + product(w))
print "relu", next(relu(product(w)))
print "relu and bias", next(relu(product(w) + b))
print "where", next(relu_where(product(w) + b))
print "maximum", next(maximum(product(w) + b, 0))
print "transposed", next(relu(einsum("ki,kj->ij", whole(randn(140, 132)), w) + b))
print "batches", next(relu(einsum("ibk,kj->bij", heads, w) + b))
print "gelu", next(gelu_tanh(product(small)))
print "gelu and bias", next(gelu_tanh(product(small) + b))
print "gelu, written otherwise", next(gelu_other(product(small) + b))

# by a kernel: a bias of each row, other forms, the product itself read too
print "of rows", next(product(w) + whole(randn(132, 1)))
print "erf", next(gelu(product(small) + b))
print "not gelu", next(gelu_wrong(product(small) + b))
print "bounded", next(relu_bounded(product(w) + b))
y = product(w)
print "read twice", next(relu(y + b)), next(y)
