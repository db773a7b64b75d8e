# 7. Reshaping
#
# Run with: gradc run 07-reshaping.dsl

x = arange(12)

# The same numbers, in the same order, as another shape; -1 stands for the size that fits.
print reshape(x, 3, 4)                         # x.reshape(3, 4)
print reshape(x, 2, -1)                        # x.reshape(2, -1)
print shape(reshape(x, 2, 3, 2))

m = reshape(x, 3, 4)
print flatten(m)                               # m.flatten()

# transpose swaps axes: the order of the numbers changes, too.
print transpose(m)                             # m.T
cube = reshape(x, 2, 3, 2)
print shape(transpose(cube, 0, 2))             # cube.transpose(0, 2).shape
print shape(permute(cube, 2, 0, 1))            # cube.permute(2, 0, 1).shape

# Axes of size 1 come and go.
row = [1, 2, 3]
print shape(unsqueeze(row, 0)), shape(unsqueeze(row, 1))    # row.unsqueeze(0).shape ...
print unsqueeze(row, 1) * row                  # a column times a row: the table of products
print shape(squeeze(zeros(1, 3, 1)))           # torch.zeros(1, 3, 1).squeeze().shape

# expand repeats an axis of size 1; repeat lays copies side by side.
print expand(unsqueeze(row, 0), 2, 3)          # row.unsqueeze(0).expand(2, 3)
print repeat(row, 2)                           # row.repeat(2)

# A shape that cannot be is an error with both counts: reshape(x, 5, 3) says that 12 elements are not 15.
