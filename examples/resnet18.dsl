# resnet18.dsl: the residual network of 18 layers (He et al., 2015), as torchvision has it
#
#     gradc resnet18.dsl -o resnet18 && ./resnet18               # 224 x 224, 1,000 classes: 11.7 million parameters
#     gradc -Dimage=32 -Dclasses=4 resnet18.dsl && ./resnet18    # in half a minute
#
# Parameters and running statistics have torchvision's names, so its weights load as they are:
# ./resnet18 eval --load resnet18.safetensors.  The images are made up: the classes differ in how many
# waves run across the noise.  The small one tells at least 95 % of 64 unseen images right.

const image   = 224
const classes = 1000
const samples = 256
option lr     = 0.02

input picture: f32[batch, 3, image, image]
input label: i32[batch]

# Two convolutions, to whose result what came in is added, at its size or, by a 1x1 convolution, at theirs.
module basic_block(width, stride)(x: f32[batch, channels, height, columns]) {
    conv1 = conv2d(width, 3, stride = stride, padding = 1, bias = false)
    bn1   = batchnorm2d()
    conv2 = conv2d(width, 3, padding = 1, bias = false)
    bn2   = batchnorm2d()
    shortcut = x
    if stride != 1 or channels != width {
        downsample = [conv2d(width, 1, stride = stride, bias = false), batchnorm2d()]
        for layer in downsample {
            shortcut = shortcut |> layer
        }
    }
    return relu((x |> conv1 |> bn1 |> relu |> conv2 |> bn2) + shortcut)
}

conv1  = conv2d(64, 7, stride = 2, padding = 3, bias = false)
bn1    = batchnorm2d()
layer1 = [basic_block(64, 1), basic_block(64, 1)]
layer2 = [basic_block(128, 2), basic_block(128, 1)]
layer3 = [basic_block(256, 2), basic_block(256, 1)]
layer4 = [basic_block(512, 2), basic_block(512, 1)]
fc     = linear(classes)

h = picture |> conv1 |> bn1 |> relu |> maxpool2d(3, stride = 2, padding = 1)
for stage in [layer1, layer2, layer3, layer4] {
    for block in stage {
        h = h |> block
    }
}
logits = h |> global_avgpool2d |> fc

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
    minimize loss
        with sgd(lr = lr * cosine((step - 1) / steps), momentum = 0.9, weight_decay = 1e-4)
    batch   = 16
    epochs  = 6
    shuffle = true
}
