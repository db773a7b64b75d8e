# bad_fetch.dsl -- in the fifth step an index is out of range where the batch is computed, with the steps before it on
# their way: they are done, and the program says what C says.
input i: i64[batch]
param w = 0.0
loss = mean((f32(i) - w) ** 2)
places = arange(9)
data train { i = places[i64(csv("count.csv", columns = 0))] }
train { minimize loss with sgd(lr = 0.1)
        batch = 2
        shuffle = false }
