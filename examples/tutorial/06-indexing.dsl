# 6. Indexing
#
# Run with: gradc run 06-indexing.dsl

x = reshape(arange(12), 3, 4)
print x

# An integer picks a place and drops its axis; negative ones count from the end.
print x[0], x[-1]                              # x[0], x[-1]
print x[1, 2], x[-1, -1]                       # x[1, 2], x[-1, -1]

# start:stop:step keeps the axis, whatever remains.
print x[:, 1]                                  # the second column
print x[0:2]                                   # the first two rows
print x[1:, ::2]                               # every second column, from the second row on
print x[:, ::-1]                               # torch.flip(x, [1]); here a negative step will do

# `..` stands for all axes that are not named: PyTorch's `...`
cube = reshape(arange(24), 2, 3, 4)
print cube[.., 0]                              # cube[..., 0]
print cube[1, .., 3]

# By tensors of integers: rows in any order, as often as wanted.
print x[[2, 0, 0]]                             # x[[2, 0, 0]]
print x[:, [3, 1]]
print x[[0, 1, 2], [1, 2, 3]]                  # pairs: x[0, 1], x[1, 2], x[2, 3]

# An index beyond the end is found when compiling, or, where it is computed, when running.
# A place cannot be assigned to, since nothing changes in place: choose instead what to keep.
print where(x % 2 == 0, x, -1)                 # y = x.clone(); y[y % 2 != 0] = -1
