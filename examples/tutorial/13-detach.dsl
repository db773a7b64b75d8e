# 13. Detach
#
# Run with: gradc run 13-detach.dsl
#
# detach(x) is x, but no gradient goes through it: to its user it is a constant.

param w = 3.0

print "y = w * w           ", grad(w * w, w)              # 2 w
print "y = detach(w) * w   ", grad(detach(w) * w, w)      # w: the first factor counts as a number
print "y = detach(w * w)   ", grad(detach(w * w), w)      # 0 (PyTorch: an error)

# A target that moves with the parameters, but must not pull at them.
param q = [1.0, 2.0]
reward = 0.5
target = detach(reward + 0.9 * max(q))         # with torch.no_grad(): ...
loss   = (q[0] - target) ** 2
print "target", target, "loss", loss
print "gradient", grad(loss, q)

# Without detach the second element would be learned, too.
print "without ", grad((q[0] - (reward + 0.9 * max(q))) ** 2, q)

# The straight-through trick: round going forward, as if nothing were there going backward.
rounded = q * 1.3 + detach(round(q * 1.3) - q * 1.3)
print "rounded", rounded, "gradient", grad(sum(rounded), q)
