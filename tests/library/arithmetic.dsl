# arithmetic.dsl -- operators, promotion, casts, comparisons and the functions of one element.
import "fixed.dsl"

param x = [[-2.5, -1.0, -0.25], [0.5, 1.75, 3.0]]
param y = [[1.5, -2.0, 4.0], [0.25, -0.5, 2.0]]
param row = [0.5, -1.5, 2.0]
param column = [[2.0], [-3.0]]
param positive = [0.1, 0.5, 1.0, 2.5, 10.0]
param odd = [-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.5]

# --- floats ---
gx, gy = grad(weighted(x * y), x, y)
print "mul:", fixed(x * y), fixed(gx), fixed(gy)
gx, gy = grad(weighted(x / y), x, y)
print "div:", fixed(x / y), fixed(gx), fixed(gy)
gx, gy = grad(weighted(x % y), x, y)
print "mod:", fixed(x % y), fixed(gx), fixed(gy)
print "floordiv:", fixed(x // y)
gx, gy = grad(weighted(x - row * column), row, column)
print "broadcast:", fixed(x - row * column), fixed(gx), fixed(gy)
gx, gy = grad(weighted(positive ** odd[0:5]), positive, odd)
print "pow:", fixed(positive ** odd[0:5]), fixed(gx), fixed(gy)
def cube(v) = v ** 3
def square(v) = v ** 2
def root(v) = v ** 0.5
def inverse(v) = v ** -1
print "cube:", both(cube, x)
print "square:", both(square, x)
print "root:", both(root, positive)
print "inverse:", both(inverse, x)
gx, gy = grad(weighted(minimum(x, y)) + weighted(maximum(x, row)), x, y)
print "extremes:", fixed(minimum(x, y)), fixed(maximum(x, row)), fixed(gx), fixed(gy)
tied = grad(weighted(maximum(odd, 0)) + weighted(minimum(odd, 0.5)), odd)
print "ties:", fixed(tied)
def clamped(v) = clamp(v, min = -1.5, max = 1.5)
def above(v) = clamp(v, min = 0.5)
print "clamp:", both(clamped, odd)
print "clamp above:", both(above, odd)
gx, gy = grad(weighted(where(x > y, x * x, y)), x, y)
print "where:", fixed(where(x > y, x * x, y)), fixed(gx), fixed(gy)
zero = odd[3]
print "division by zero:", 1 / zero, -1 / zero, zero / zero, f32(1) // zero, zero % zero

inf = 1 / zero
print "mod of infinity:", odd % inf, odd % -inf, odd // inf

# --- functions ---
print "exp:", both(exp, x)
print "expm1:", both(expm1, x)
print "log:", both(log, positive)
print "log1p:", both(log1p, positive)
print "sqrt:", both(sqrt, positive)
print "rsqrt:", both(rsqrt, positive)
print "sin:", both(sin, x)
print "cos:", both(cos, x)
print "tanh:", both(tanh, x)
print "sigmoid:", both(sigmoid, x)
print "erf:", both(erf, x)
print "abs:", both(abs, odd)
print "sign:", both(sign, odd)
print "floor:", both(floor, odd)
print "ceil:", both(ceil, odd)
print "round:", both(round, odd)
print "edges:", sigmoid([-1000.0, 1000.0]), tanh([-1000.0, 1000.0]), exp([-1000.0, 1000.0])
print "nan:", isnan([zero / zero, 1 / zero, zero]), maximum([zero / zero], 1), minimum([1.0], zero / zero)
dx = grad(sum(tanh(x) * exp(x * y)), x)
print "second derivative:", fixed(grad(weighted(dx), x))

# --- integers ---
a = i32([7, -7, 7, -7, 6, -6, 0])
b = i32([2, 2, -2, -2, 3, 3, 5])
print "integer floordiv:", a // b
print "integer mod:", a % b
print "integer div:", fixed(a / b)
print "integer mul:", a * b, a - b, -a
print "integer pow:", a ** i32([0, 1, 2, 3, 4, 5, 6]), a ** 2
print "integer by number:", a // 4, a % 4, a // -4, a % -4
print "integer abs:", abs(a), sign(a), minimum(a, b), clamp(a, min = -2, max = 3)
print "wrap:", u8([250, 6]) + u8([10, 1]), i8([100, -100]) * i8([2, 2]), i32([2147483647]) + 1
print "integer edges:", -u8([1, 200]), u8([3]) - u8([5]), i8([-128]) // i8([-1]), abs(i8([-128])), i32([2, -1, 1, 3]) ** i32([-1, -3, -2, 0])
print "compare:", a < b, a <= b, a > b, a >= b, a == b, a != b
print "compare floats:", x < y, x == y, x >= -1, [zero / zero, 1.0] == [zero / zero, 1.0]
print "logic:", (a > 0) and (b > 0), (a > 0) or (b > 0), not (a > 0)
print "casts:", i32(x * 1.3), u8(positive), i8(positive), bool(odd), i64(x > 0), fixed(f32(a > 0))

print "where dtypes:", dtype(where(odd > 1, 1, 0)), dtype(where(odd > 1, 1.0, 0)), dtype(where(odd > 1, i64(odd), 2.5))
# Numbers with a point are of f64 at once, not by way of f32.
print "doubles:", f64([0.1, 1e300]) == f64(0.1), f64([1e300]) > 1e299, linspace(0, 0.3, 4, dtype = "f64")[-1] == 0.3

# --- promotion: tensors, scalars and numbers ---
bytes = u8([1, 2])
shorts = i16([1, 2])
longs = i64([1, 2])
doubles = f64([1.0, 2.0])
one = bytes[0]
print "u8 + i8:", dtype(bytes + i8([1, 2]))
print "u8 + i16:", dtype(bytes + shorts)
print "i16 + i64:", dtype(shorts + longs)
print "i64 + f32:", dtype(longs + row[0:2])
print "f32 + f64:", dtype(row[0:2] + doubles)
print "u8 + 1:", dtype(bytes + 1)
print "u8 + 1.5:", dtype(bytes + 1.5)
print "u8 / 2:", dtype(bytes / 2)
print "f64 + 1.5:", dtype(doubles + 1.5)
print "f32 + f64 scalar:", dtype(row + doubles[0])
print "u8 + i64 scalar:", dtype(bytes + longs[0])
print "i64 + f64 scalar:", dtype(longs + doubles[0])
print "scalars:", dtype(one + longs[0])
print "bool + u8:", dtype((bytes > 1) + bytes)
print "bool * f32:", dtype((bytes > 1) * row[0:2])
print "sum of u8:", dtype(sum(bytes))
print "sum of bools:", dtype(sum(bytes > 1))
print "argmax:", dtype(argmax(row))
