# 8. Joining and splitting
#
# Run with: gradc run 08-joining.dsl

a = [[1, 2], [3, 4]]
b = [[5, 6], [7, 8]]

# concat joins along an axis that is there, stack along a new one.
print concat([a, b], axis = 0)                 # torch.cat([a, b], dim=0)
print concat([a, b], axis = 1)                 # torch.cat([a, b], dim=1)
print stack([a, b])                            # torch.stack([a, b])
print shape(stack([a, b], axis = 2))

# By the names of NumPy.
print hstack([a, b])                           # torch.hstack([a, b])
print vstack([a, b])                           # torch.vstack([a, b])

# split is the way back: into parts of a size, the last one may be smaller.
left, right = split(hstack([a, b]), 2, axis = 1)    # torch.split(x, 2, dim=1)
print left, right

# pad puts zeros around: before and behind the last axis.
print pad([1, 2, 3], [1, 2])                   # F.pad(x, (1, 2))

# Gradients go through: each part gets its own.
param p = [1.0, 2.0]
param q = [3.0]
weights = [1.0, 10.0, 100.0]
print grad(sum(weights * concat([p, q])), p, q)
