# 3. NumPy files, in and out
#
# Run with: gradc run 03-numpy-files.dsl
#
# load takes the dtype and the shape from the file's header when this file is compiled, so that everything below is
# checked; the numbers are read when the program starts. Paths are relative to this file. In NumPy the file was made by
#
#     np.save("temperatures.npy", np.array([[12.5, 14.0, 9.5], [21.0, 19.5, 22.5]], dtype=np.float32))

celsius = load("temperatures.npy")             # torch.from_numpy(np.load("temperatures.npy"))
print "celsius", dtype(celsius), shape(celsius)
print celsius

# An annotation says what the file must hold; another file is an error at this line.
again: f32[days, hours] = load("temperatures.npy")
print days, "days of", hours, "measurements"

fahrenheit = celsius * 9 / 5 + 32
print "fahrenheit"
print fahrenheit

# save writes when the program has printed, in the folder where it runs: one array to an .npy, several to an .npz.
save "fahrenheit.npy", fahrenheit              # np.save("fahrenheit.npy", fahrenheit.numpy())
save "summary.npz", mean = mean(celsius, axis = 1), warmest = max(celsius)
# np.savez("summary.npz", mean=..., warmest=...)

# Back in Python:
#
#     np.load("fahrenheit.npy")
#     np.load("summary.npz")["mean"]
#
# and in another model: load("summary.npz", "mean").
