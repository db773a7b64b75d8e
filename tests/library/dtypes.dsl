# dtypes.dsl -- promotion, wrapping, division and casts of every dtype, as PyTorch has them.
import "fixed.dsl"

u = u8([0, 1, 7, 100, 200, 255])
b = i8([0, 1, -7, 100, -100, -128])
s = i16([0, 1, -7, 300, -32768, 32767])
i = i32([0, 1, -7, 100000, -2147483648, 2147483647])
l = [0, 1, -7, 3, -9223372036854775807 - 1, 9223372036854775807]
t = [true, false, true, true, false, false]
h = f16([0.0, 1.0, -7.5, 65504.0, 0.0001, 2049.0])
g = bf16([0.0, 1.0, -7.5, 65504.0, 0.0001, 2049.0])
f = f32([0.0, 1.0, -7.5, 65504.0, 0.0001, 2049.0])
d = f64(f)

# --- what meets what gives what ---
all_dtypes = [t, u, b, s, i, l, h, g, f, d]
for a in all_dtypes {
    print "with tensors:", dtype(where(t, a, t)), dtype(where(t, a, u)), dtype(where(t, a, b)),
        dtype(where(t, a, s)), dtype(where(t, a, i)), dtype(where(t, a, l)), dtype(where(t, a, h)),
        dtype(where(t, a, g)), dtype(where(t, a, f)), dtype(where(t, a, d))
    print "with scalars:", dtype(where(t, a, u[0])), dtype(where(t, a, l[0])),
        dtype(where(t, a, h[0])), dtype(where(t, a, g[0])), dtype(where(t, a, d[0])),
        dtype(where(t, a, 1)), dtype(where(t, a, 0.5)), dtype(where(t, a, true))
    print "of one:", dtype(sum(a)), dtype(a / 2), dtype(a == a), dtype(exp(a)),
        dtype(argmax(i64(a))), dtype(a[0] * f16(2.0)), dtype(concat([a, u]))
}

# --- integers ---
print "wrap:", u + u, u - u8(1), u * u, b + b, b * b, -b, abs(b), s + s, i + i, i * i, l + l, l * 3,
    -l, -u
print "mixed:", u + b, u - i, b * s, u8(200) + i8(-100), i + l, u == b, b < u, s >= i, t == u
print "floordiv:", b // i8(3), b // i8(-3), i // -1, l // -1, s // 7, s // -7, u // u8(7), i // 1000
print "mod:", b % i8(3), b % i8(-3), i % -1, l % -7, s % 7, s % -7, u % u8(7), i % 1000
print "power:", u ** 2, b ** 3, i ** 2, l ** 2, i8(-2) ** i8([0, 1, 7, 8]), i32(3) ** [0, 1, 20, 21]
print "sums:", sum(u), sum(b), sum(s), sum(i), sum(l), sum(t), prod(b[1:4]), prod(l[1:4]),
    sum(u > 5), sum(reshape(u, 2, 3), axis = 0), sum(t, axis = 0)
print "extremes:", max(u), min(b), max(l), min(l), argmax(b), argmin(b), max(t), min(t),
    argmax([3, 1, 3]), argmin([1, 0, 0]), maximum(u, u8(100)), minimum(s, i), clamp(b, -5, 5),
    sign(b), abs(s)
print "shares:", fixed(mean(t)), fixed(mean(f32(u)))

# --- casts ---
x = [0.0, -0.9, 2.5, -2.5, 100.7, -100.7]
print "to integers:", i8(x), i16(x), i32(x), i64(x), u8(abs(x)), bool(x), i32(h), i64(g),
    i64(f64(x))
print "from integers:", fixed(f32(b)), fixed(f64(s)), fixed(f16(b)), fixed(bf16(u)), f16(s) == s,
    bool(i), u8(t), i8(i), u8(s), i16(i), i32(l), i8(u), u8(b)
print "from floats:", fixed(f16(d)), fixed(bf16(d)), fixed(f32(g)), fixed(f16(g[0:3])),
    fixed(bf16(h)), fixed(f64(h))

# --- f16 and bf16, each operation rounded ---
p = f16([0.1, 0.2, 0.3, 1.7, -3.14159, 1000.5])
q = f16([3.0, -0.7, 0.0001, 0.3, 2.5, 1.25])
print "f16:", fixed(p + q), fixed(p - q), fixed(p * q), fixed(p / q), fixed(sqrt(abs(p))),
    fixed(p * 2.1), fixed(p + 1), fixed(exp(q)), fixed(p // q), fixed(p % q), fixed(floor(p))
pb = bf16(p)
qb = bf16(q)
print "bf16:", fixed(pb + qb), fixed(pb - qb), fixed(pb * qb), fixed(pb / qb), fixed(sqrt(abs(pb))),
    fixed(pb * 2.1), fixed(pb + 1), fixed(exp(qb)), fixed(pb // qb), fixed(pb % qb)
print "overflow:", h[3] + h[3], -h[3] * 2, isinf(h * 100), f16(65519.0), f16(65520.0),
    bf16(3e38) * 2
print "compare halves:", p < q, p == p, pb >= qb, maximum(p, q) == p, max(p) == p[5], argmax(p),
    sign(p) == f16([1, 1, 1, 1, -1, 1])
ones_of_half = ones(4096, dtype = f16)
print "totals:", fixed(sum(ones_of_half)), fixed(sum(f16([2048.0, 1.0, 1.0, 1.0]))),
    fixed(mean(f16([60000.0, 60000.0]))), fixed(f16([2048.0, 1.0, 1.0]) @ f16([1.0, 1.0, 1.0])),
    fixed(prod(f16([300.0, 300.0, 0.001]))), fixed(sum(bf16([256.0, 1.0, 1.0])))
print "in between:", fixed((p + q) - p), fixed((pb * qb) / qb),
    fixed(f16(1.0) + f16(0.0004) + f16(0.0004)), fixed(f16(1.0) + (f16(0.0004) + f16(0.0004)))
param w = f16([1.0, 2.0, 3.0])
param v = bf16([0.1, 0.2, 0.3])
gw, gv = grad(sum(w * v * v), w, v)
print "gradients:", dtype(gw), dtype(gv), fixed(gw), fixed(gv), fixed(grad(sum(exp(w)), w))

# --- layers take the dtype of what they are applied to ---
fc = linear(4)
one = fc(f16(ones(2, 8))) |> layernorm(4) |> batchnorm1d()
two = f64(ones(2, 3, 8, 8)) |> conv2d(4, 3) |> batchnorm2d() |> groupnorm(2)
three = bf16(ones(1, 3, 8)) |> conv1d(2, 3)
print "layers:", dtype(one), dtype(fc.weight), dtype(two), shape(two), dtype(three),
    dtype(ones(1, 2) |> linear(1))
y, h, c = f16(ones(2, 5, 3)) |> lstm(4, num_layers = 2, bidirectional = true)
hidden = gru_cell(3)(f64(ones(2, 3)), f64(zeros(2, 3)))
rows = embedding(5, 2, kind = bf16, padding_idx = 0)([0, 1])
print "sequences:", dtype(y), dtype(h), dtype(c), dtype(hidden), dtype(rows), fixed(rows[0]),
    dtype(multihead_attention(4, 2)(f64(ones(1, 2, 4))))
print "literals:", i64(1e10 + 1.0), i32(2147483647.0), i8(-3.7), bool(0.5), u8(300.0)
