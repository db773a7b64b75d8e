# fixed.dsl -- what the programs beside this one print with.

# fixed(x): x in units of 1e-7, as integers: a tensor of floats is shown with four digits only.  NaN,
# which no integer shows, becomes a number that nothing here is near.
def fixed(x) = where(isnan(x), 1234567890123, i64(round(f64(x) * 1e7)))

# weighted(y): a scalar that depends on each element of y differently, to differentiate.
def weighted(y) = sum(y * reshape(linspace(0.5, 2.0, size(y)), shape(y)))

# both(f, x): f(x), and behind it the gradient of weighted(f(x)).
def both(f, x) = concat([flatten(fixed(f(x))), flatten(fixed(grad(weighted(f(x)), x)))])
