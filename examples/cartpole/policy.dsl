# policy.dsl: which way to push the cart, learned by policy gradient (REINFORCE: Williams 1992)
#
# There is no data block: cartpole.c plays, and feeds what it saw and did.  The weight of a step is its return (the
# rewards that follow it, discounted) less the mean, over its deviation: what went better than usual is made likelier.

option lr = 0.01

input observation: f32[batch, 4]              # position, velocity, angle, angular velocity
input action: i32[batch]                      # 0: pushed to the left, 1: to the right
input weight: f32[batch]

logits = observation |> linear(64) |> tanh |> linear(2)

log_prob = sum(log_softmax(logits) * one_hot(action, 2), axis = -1)
loss     = -mean(weight * log_prob)
output probability = softmax(logits)

train {
    minimize loss with adam(lr = lr)
    batch = 2000                              # steps of a few games
}
