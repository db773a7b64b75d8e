# 1. Creating tensors
#
# A tensor is a block of numbers with a dtype and a shape. Run this file with
#
#     gradc run 01-creating-tensors.dsl
#
# Behind each line stands what it would be in PyTorch.

# A list of numbers is a tensor wherever one is wanted; lists of lists are matrices. Numbers with a point make f32,
# numbers without make i64.
row    = [1.0, 2.0, 3.0]           # torch.tensor([1.0, 2.0, 3.0])
matrix = [[1, 2, 3], [4, 5, 6]]    # torch.tensor([[1, 2, 3], [4, 5, 6]])
print "row", row
print "matrix", matrix

# Filled with one value. Sizes are arguments, as in PyTorch.
print "zeros", zeros(2, 3)         # torch.zeros(2, 3)
print "ones", ones(3)              # torch.ones(3)
print "full", full([2, 2], 7.5)    # torch.full((2, 2), 7.5)

# Shaped like another tensor.
print "like", ones_like(matrix)    # torch.ones_like(matrix)

# Counting: arange stops before its end, linspace at it.
print "arange", arange(5)                      # torch.arange(5)
print "steps", arange(0.0, 1.0, 0.25)          # torch.arange(0.0, 1.0, 0.25)
print "linspace", linspace(0.0, 1.0, 5)        # torch.linspace(0, 1, 5)

# The identity, and one row a label.
print "eye", eye(3)                            # torch.eye(3)
print "one_hot", one_hot([2, 0, 1], 3)         # F.one_hot(torch.tensor([2, 0, 1]), 3)

# Shapes are known before the program runs: a list, which the compiler can compute with.
print "shape", shape(matrix), "axes", ndim(matrix), "elements", size(matrix)

# Random tensors are drawn anew for each seed and place in the program, never by chance: two runs print the same.
noise = randn(1000)                            # torch.randn(1000)
print "within four deviations of 0:", all(abs(mean(noise)) < 4 / sqrt(1000.0))
