# 5. Dot and matrix products
#
# Run with: gradc run 05-products.dsl

u = [1.0, 2.0, 3.0]
v = [4.0, 5.0, 6.0]

# The dot product multiplies element by element and adds up.
print dot(u, v), u @ v, sum(u * v)             # torch.dot(u, v), u @ v

a = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]       # 3 rows of 2
b = [[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]]        # 2 rows of 3

# Rows times columns: [3, 2] @ [2, 3] is [3, 3]. The inner sizes must agree, and the compiler sees to it.
print a @ b                                    # a @ b, torch.matmul(a, b)
print b @ a                                    # the other way round it is [2, 2]
print matmul(b, a)

# A matrix times a vector, and a vector times a matrix.
print b @ u
print u @ a

# A layer of a network is this product: each row of x is a sample, each row of w an output.
x = [[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]]
w = [[0.5, 0.0, 0.5], [1.0, 1.0, 1.0]]
print x @ transpose(w) + [0.5, -0.5]           # F.linear(x, w, bias)

# Products by pairs: outer, and a stack of matrices multiplied one by one.
print outer(u, v)                              # torch.outer(u, v)
pile = reshape(arange(12.0), 2, 2, 3)
print shape(pile @ a)                          # [2, 2, 3] @ [3, 2] is [2, 2, 2]
print pile @ a
