# 2. Types
#
# Every tensor has a dtype, known when compiling: bool, u8, i8, i16, i32, i64, f16, bf16, f32 (the default) and f64.
# Run with: gradc run 02-types.dsl

whole    = [1, 2, 3]
fraction = [0.5, 1.5, 2.5]
print dtype(whole + 0), dtype(fraction + 0.0)  # whole.dtype, fraction.dtype

# A dtype's name converts: x.to(torch.float64), x.int() ...
print f64(whole)                               # whole.double()
print i32([2.9, -2.9])                         # torch.tensor([2.9, -2.9]).int(): what is behind the point goes
print bool([0, 1, -2])                         # x.bool(): all but 0 is true
print u8([250, 3])                             # x.to(torch.uint8)

# Two dtypes meet: the wider one, and floats before integers, as PyTorch promotes.
print dtype(i32(whole) + whole)                # torch.int64
print dtype(fraction + whole)                  # torch.float32: integers never widen floats
print dtype(whole / 2)                         # torch.float32: / always gives floats
print dtype(f32(fraction) + f64(fraction))     # torch.float64
print dtype(u8(whole) + i8(whole))             # torch.int16: it holds both

# Integers wrap around at their width.
print u8([200]) + u8([100])                    # tensor([44], dtype=torch.uint8)

# f32 has 7 decimal digits, f16 has 3, bf16 has 2 with f32's range. How many are printed is another matter.
third = 1 / [3.0]
print third, precision = 9                     # torch.set_printoptions(precision=9)
print f64([1.0]) / 3, precision = 17
print f16(third), bf16(third), precision = 9

# An annotation is checked when compiling; it may name sizes, which are then numbers to compute with.
table: f32[rows, columns] = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
print rows, columns, rows * columns
