# data.dsl: what the models of the benchmark learn, drawn once and written as .npy files, so that all programs
# that are compared see the same numbers.
#
#     gradc run data.dsl

line_x = randn(100, 1)
line_y = 3 * line_x + 1 + 0.1 * randn(100, 1)
save "line_x.npy", line_x
save "line_y.npy", line_y

# Like MNIST: a border of zeros, and mostly zeros within it; the label is where the brightest of ten strips is.
inside = pad(ones(20, 20), [4, 4, 4, 4])
images = maximum(randn(1024, 28, 28), 0.0) * inside
images = where(images > 0.8, minimum(images / 3, 1.0), 0.0)
strips = mean(reshape(images[:, 4:24, 4:24], 1024, 10, 40), axis = -1)
save "images.npy", images
save "image_labels.npy", i32(argmax(strips, axis = -1))

colours = randn(256, 3, 32, 32)
save "colours.npy", colours
save "colour_labels.npy", i32(randint(0, 10, 256))

# Texts of 65 letters; what is to be said is the next one.
text = i32(randint(0, 65, 256, 65))
save "text64.npy", text[:, :64]
save "next64.npy", text[:, 1:]
text = i32(randint(0, 65, 64, 129))
save "text128.npy", text[:, :128]
save "next128.npy", text[:, 1:]
text = i32(randint(0, 65, 16, 257))
save "text256.npy", text[:, :256]
save "next256.npy", text[:, 1:]
text = i32(randint(0, 65, 16, 1025))
save "text1024.npy", text[:, :1024]
save "next1024.npy", text[:, 1:]

save "wave.npy", randn(1024, 1024)
