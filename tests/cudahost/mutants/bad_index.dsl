# bad_index.dsl -- in the fifth step indices are out of range in three kernels. The first of these is told, whose line is the
# second, and the four steps before have been done.
input word: i64[batch]
param a = ones(5)
param b = ones(5)
param c = ones(5)
at = word * word // 16
def third(x) = mean(a[at + i64(x)] ** 2)
first = mean(b[at + i64(0 * mean(f32(word)))] ** 2)
second = mean(c[at + i64(0 * first)] ** 2)
loss = first + second + third(0 * second)
data train { word = arange(10) }
train { minimize loss with sgd(lr = 0.1)
        batch = 2
        shuffle = false }
