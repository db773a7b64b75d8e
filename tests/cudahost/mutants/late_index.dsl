# late_index.dsl -- of two steps over micro-batches, whose batches are computed, the second ends with an index out of range,
# in the midst of a step: the index tells how often what is before it was done.
input i: i64[batch]
param w = 0.0
param table = ones(30, 2)
state seen = 0.0
seen <- seen + 1
rise = mean(0.1 * f32(i) - w)
fall = mean(table[i64(w) + i64(seen) + i] ** 2)
places = arange(60) // 12
data train { i = places[i64(csv("count.csv", columns = 0))] + i64(1.9 * rand(batch)) }
train {
    batch      = 2
    accumulate = 3
    step { minimize rise with sgd(lr = 1) over w }
    step { minimize fall with sgd(lr = 0.1) over table }
}
