# bad_index.dsl -- in the fifth step an index is out of range: the program says what C says, and has done the four before.
input word: i32[batch]
input y: f32[batch]
table = embedding(5, 3)
loss = mse_loss(sum(table(word * word // 16), axis = 1), y)
data train { word = arange(10)
             y = randn(10) }
train { minimize loss with sgd(lr = 0.1)
        batch = 2
        shuffle = false
        epochs = 1 }
