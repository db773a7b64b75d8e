# lstm: the next of 65 letters, 64 steps, 128 units, batch 32, Adam.
input text: i32[batch, 64]
input next: i32[batch, 64]

embed = embedding(65, 128)
cells = lstm(128)
fc    = linear(65)
y, h, c = cells(embed(text))
loss = cross_entropy(reshape(fc(y), -1, 65), reshape(next, -1))

data train { text = npy("text64.npy")
             next = npy("next64.npy") }
train { minimize loss with adam(lr = 1e-3)
        batch = 32 }
