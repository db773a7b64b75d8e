# alexnet.dsl: the network that began it (Krizhevsky et al., 2012), as torchvision has it
#
#     gradc alexnet.dsl -o alexnet && ./alexnet                # 224 x 224, 1,000 classes: 61 million parameters
#     gradc -Dimage=64 -Dclasses=4 -Dwidth=256 alexnet.dsl && ./alexnet    # in a quarter of a minute
#
# Parameters have torchvision's names, so its weights load as they are: ./alexnet eval --load
# alexnet.safetensors.  The images are made up: the classes differ in how many waves run across the
# noise.  The small one tells at least 95 % of 64 unseen images right.

const image   = 224
const classes = 1000
const width   = 4096                          # of the two layers that are not convolutions
const drop    = 0.5
const samples = 256
option lr     = 3e-4

input picture: f32[batch, 3, image, image]
input label: i32[batch]

def pool(x) = maxpool2d(x, 3, stride = 2)
def dropped(x) = dropout(x, drop)

features = [conv2d(64, 11, stride = 4, padding = 2), relu, pool,
            conv2d(192, 5, padding = 2), relu, pool,
            conv2d(384, 3, padding = 1), relu,
            conv2d(256, 3, padding = 1), relu,
            conv2d(256, 3, padding = 1), relu, pool]
classifier =
    [dropped, linear(width), relu, dropped, linear(width), relu, linear(classes)]

h = picture
for layer in features {
    h = h |> layer
}
h = h |> adaptive_avgpool2d(6) |> flatten
for layer in classifier {
    h = h |> layer
}
logits = h

loss            = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
output class    = argmax(logits, axis = -1)

# Waves across the picture, one more for each class, at any phase, under noise.
def waves(label, n) {
    across = arange(image) / image
    turns  = unsqueeze(label + 1, 1) * across + rand(n, 1)
    return reshape(sin(2 * pi * turns), n, 1, 1, image) + 0.5 * randn(n, 3, image, image)
}

data train {
    label   = randint(0, classes, samples)
    picture = waves(label, samples)
}

data test {
    label   = randint(0, classes, 64)
    picture = waves(label, 64)
}

train {
    minimize loss with adam(lr = lr)
    batch   = 16
    epochs  = 12
    shuffle = true
}
