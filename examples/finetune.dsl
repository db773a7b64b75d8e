# finetune.dsl: what a network learned for one task serves another, of which there are few examples
#
#     gradc digits_cnn.dsl -o digits_cnn && ./digits_cnn
#     gradc finetune.dsl -o finetune && ./finetune --load-partial digits_cnn.safetensors
#
# The convolutions are those of digits_cnn.dsl, found in its checkpoint by their names, and stay as they are: `over`
# names the new layer alone.  The new layer learns from 100 images whether a digit is odd, and gets at least 93 % of 297 others right; without
# --load-partial, over random features, 50 to 78 %.  A file that PyTorch's save_file wrote loads likewise.

input pixels: f32[batch, 64]
input label: i32[batch]                       # 0 to 9

image    = reshape(pixels / 16, -1, 1, 8, 8)
features = image
    |> conv2d(16, 3, padding = 1, bias = false) |> batchnorm2d() |> relu |> maxpool2d(2)
    |> conv2d(32, 3, padding = 1, bias = false) |> batchnorm2d() |> relu
    |> global_avgpool2d
head     = linear(2)                          # new: no file has it
logits   = head(detach(features))             # detached: they are not to be learned

odd             = label % 2
loss            = cross_entropy(logits, odd)
metric accuracy = mean(argmax(logits, axis = -1) == odd)
output is_odd   = argmax(logits, axis = -1)

data train {
    pixels = csv("data/digits.csv", rows = :100, columns = :64)
    label  = csv("data/digits.csv", rows = :100, columns = 64)
}

data test {
    pixels = csv("data/digits.csv", rows = 1500:, columns = :64)
    label  = csv("data/digits.csv", rows = 1500:, columns = 64)
}

train {
    minimize loss with adam(lr = 0.02) over head
    batch   = 50
    epochs  = 100
    shuffle = true
}
