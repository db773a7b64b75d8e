# schedules.dsl -- the schedules of lib/std, count by count.  at = 0, 1 ... 14 are PyTorch's counts.
import "fixed.dsl"
at = f64(arange(15))
step = at + 1

print "constant_start:", fixed(constant_start(at)), fixed(constant_start(at, length = 3, factor = 0.5))
print "linear_ramp:", fixed(linear_ramp(at)), fixed(linear_ramp(at, length = 10, first = 1.0, last = 0.2))
print "linear_decay:", fixed(linear_decay(at / 14, last = 0.25))
print "polynomial:", fixed(polynomial(at)), fixed(polynomial(at, length = 12, power = 2.5))
print "exponential:", fixed(exponential(at, 0.9))
print "step_decay:", fixed(step_decay(at, 4)), fixed(step_decay(at, 3, factor = 0.5))
print "multistep:", fixed(multistep(at, [2, 5, 5, 11])), fixed(multistep(at, [4], factor = 0.5))
print "cosine:", fixed(cosine(at / 14)), fixed(cosine(at / 14, last = 0.1))
print "cosine_restarts:", fixed(cosine_restarts(at, 4)), fixed(cosine_restarts(at, 2, mult = 2, last = 0.1))
print "cosine_restarts of three:", fixed(cosine_restarts(at, 1, mult = 3))
print "one_cycle:", fixed(one_cycle(at, 15)), fixed(one_cycle(at, 15, pct_start = 0.4, anneal_strategy = "linear", div_factor = 10.0, final_div_factor = 100.0))
print "one_cycle_momentum:", fixed(one_cycle_momentum(at, 15)), fixed(one_cycle_momentum(at, 15, anneal_strategy = "linear", base = 0.8, largest = 0.9))
print "warmup:", fixed(warmup(step, 4)), fixed(warmup(step, 4) * cosine(at / 14))
print "inverse_sqrt:", fixed(inverse_sqrt(step, 4))
print "noam:", fixed(noam(step, 64, 5))
