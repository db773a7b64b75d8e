# indexing.dsl -- elements at computed places, sums to them, and running totals.
import "fixed.dsl"

param x = [[[0.5, -1.0, 2.0], [3.0, 0.25, -2.0]], [[1.0, 1.0, -0.5], [4.0, -3.0, 0.75]]]
param m = [[1.0, -2.0, 0.5, 4.0], [0.25, 3.0, -1.5, -0.5], [2.0, 1.5, -3.0, 0.125]]
param holes = [[2.0, 0.0, 3.0], [0.0, 4.0, 0.0], [1.5, -2.0, 0.5]]
param half = [[1.0, 2.0], [-0.5, 0.25]]
k = reshape(arange(24), 2, 3, 4)
rows = i64([2, 0, -1, 2])
grid = i32([[0, 1], [3, -4]])
one = argmax(m[1])

# --- brackets ---
def by_rows(t) = t[rows]
def by_columns(t) = t[:, grid]
def by_pairs(t) = t[[0, 2, 2, 1], [1, 3, 3, -4]]
def by_outer(t) = t[[[0], [2]], [1, 3]]
def by_scalar(t) = t[one]
def by_both(t) = t[:, one]
print "rows:", both(by_rows, m), k[[1]], k[[1, 0], 1:, ::-2]
print "columns:", both(by_columns, m), shape(k[.., grid])
print "pairs:", both(by_pairs, m), both(by_outer, m)
print "scalar:", both(by_scalar, m), both(by_both, m), k[one, one], k[one, :, one]
print "apart:", k[[0, 1], :, [2, 3]], shape(k[grid % 2, :, grid % 2]), k[:, [0, 2], [1, 3]]
print "number and tensor:", k[1, :, [0, 2]], k[:, 1, [3, 0]], k[-1, [0, 1], [0, 1]]
print "new axis:", shape(k[none, [0, 1]]), shape(k[[0, 1], none, [0, 2]]), k[1, none, [0, 2]][0, 1]
print "bools:", (k > 11)[[0, 1], [0, 1], [0, 1]]
def cubes(t) = sum(weighted(t[[1, 1, 2], 2] ** 3))
print "second derivative:", fixed(grad(weighted(grad(cubes(m), m)), m)), fixed(grad(weighted(grad(weighted(cumsum(m ** 3, axis = 0)), m)), m))

# --- functions ---
def taken(t) = take(t, grid)
def taken_along(t) = take(t, grid, axis = 1)
def selected(t) = index_select(t, 0, rows)
print "take:", both(taken, m), both(taken_along, m), both(selected, m)
order = i64([[3, 0], [1, 1], [-1, 2]])
def along(t) = take_along_axis(t, order, axis = 1)
def along_row(t) = take_along_axis(t, [[1, 0, 2, 2]], axis = 0)
def gathered(t) = gather(t, 1, i64([[3, 0], [1, 1]]))
def gathered_first(t) = gather(t, dim = 0, index = i64([[2, 0, 1], [2, 2, 1]]))
print "take_along_axis:", both(along, m), both(along_row, m)
print "gather:", both(gathered, m), both(gathered_first, m)
def picked(t) = pick(t, [3, 0, -1])
def picked_first(t) = pick(t, i64([[1, 0, 1], [0, 0, 1]]), axis = 0)
print "pick:", both(picked, m), both(picked_first, x)
def scattered(s) = scatter_add(m, 1, i64([[0, 3], [2, 2]]), s)
def scattered_into(t) = scatter_add(t, 0, i64([[2, 2]]), half)
def added(s) = index_add(holes, 1, i64([2, 0, 2, 1]), s)
print "scatter_add:", both(scattered, half), both(scattered_into, m), scatter_add(k[0], 1, i64([[1, 1], [0, 3], [2, 2]]), i64([[1, 2], [3, 4], [5, 6]]))
print "index_add:", both(added, m)

# --- running totals ---
def sums_first(t) = cumsum(t, axis = 0)
def sums_last(t) = cumsum(t, dim = -1)
def sums_back(t) = cumsum(t, axis = 1, reverse = true)
def products(t) = cumprod(t, axis = 1)
def products_first(t) = cumprod(t, axis = 0)
print "cumsum:", both(sums_first, m), both(sums_last, x), both(sums_back, m)
print "cumsum of integers:", cumsum(k[0], axis = 0), cumsum(k[0] > 4, axis = 1), dtype(cumsum(k > 4, axis = 0)), cumsum(i32([1, 2, 3]))
print "cumsum exclusive:", fixed(cumsum(m, axis = 1, exclusive = true)), cumsum([1, 2, 3], exclusive = true, reverse = true)
print "cumprod:", both(products, m), both(products_first, x), both(products, holes)
print "cumprod of integers:", cumprod([1, 2, 3, 4]), cumprod([2, 3, 4], exclusive = true)
