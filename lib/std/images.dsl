# images.dsl -- Grids of images, and augmentation: what training data is varied by.  An image is [height, width] or
# [channels, height, width]; before that stands the dimension of samples, each of which draws for itself.  In a data
# block a draw is new in each step; in a model, augmentation stands under `if training`.

# one_each(x, name): the shape of one number for each of the images in x.
# Helper of: random_horizontal_flip, random_crop
def one_each(x, name) {
    n = size(require(x, ndim(x) == 3 or ndim(x) == 4, name,
                     " needs x as [batch, height, width] or [batch, channels, height, width], not ",
                     x), axis = 0)
    return [n, 1, 1, 1] if ndim(x) == 4 else [n, 1, 1]
}

# random_horizontal_flip(x, p): each image mirrored, left for right, with probability p.
# Shapes: [batch, height, width] or [batch, channels, height, width]; the result has that of x
# PyTorch: torchvision.transforms.RandomHorizontalFlip, of each image
# Example:
#     print random_horizontal_flip([[[1, 2, 3]]], p = 1.0)
#     > [[[3, 2, 1]]]
def random_horizontal_flip(x, p = 0.5) =
    where(rand(one_each(x, "random_horizontal_flip")) < p, flip(x, axis = -1), x)

# random_vertical_flip(x, p): each image upside down with probability p.
# Shapes: [batch, height, width] or [batch, channels, height, width]; the result has that of x
# PyTorch: torchvision.transforms.RandomVerticalFlip, of each image
# Example:
#     print random_vertical_flip([[[1], [2]]], p = 1.0)
#     > [[[2],
#     >   [1]]]
def random_vertical_flip(x, p = 0.5) =
    where(rand(one_each(x, "random_vertical_flip")) < p, flip(x, axis = -2), x)

# random_crop(x, size, padding, fill, padding_mode): a part of each image, of this size (a number, or [height, width]), at a
# place that is drawn.  First the image gets a border: padding on all sides, of the number `fill`, or by padding_mode
# "reflect", "replicate" or "circular", as pad has it.
# Shapes:
#     x       [batch, height, width] or [batch, channels, height, width]
#     result  the same with height and width from size
# PyTorch: torchvision.transforms.RandomCrop, of each image
# Example:
#     print random_crop([[[7, 7], [7, 7]]], 1)
#     > [[[7]]]
def random_crop(x, size, padding = 0, fill = 0, padding_mode = "constant") {
    each = one_each(x, "random_crop")
    h, w = per_axis(size, 2)
    up, across = per_axis(padding, 2)
    if up + across > 0 {
        sides = [across, across, up, up]
        x = pad(x, sides, value = fill) if padding_mode ==
            "constant" else pad(x, sides, mode = padding_mode)
    }
    down, right = x.shape[-2] - h, x.shape[-1] - w
    x = require(x, h > 0 and w > 0 and down >= 0 and right >= 0, "random_crop of ", x,
                ": it cannot have the size ", h, " by ", w)
    rows = randint(0, down + 1, each) + reshape(arange(h), h, 1)
    columns = randint(0, right + 1, each) + arange(w)
    return take_along_axis(take_along_axis(x, rows, axis = -2), columns, axis = -1)
}

# random_shift(x, most, fill, padding_mode): each image moved by up to `most` pixels (a number, or [down, across]), in both
# directions; what comes in at its edges is as random_crop's border.
# Shapes: [batch, height, width] or [batch, channels, height, width]; the result has that of x
# PyTorch: torchvision.transforms.RandomCrop(size, padding=most), or RandomAffine(0, translate) for whole pixels
# Example:
#     print random_shift([[[0, 1, 0]]], 0)
#     > [[[0, 1, 0]]]
def random_shift(x, most, fill = 0, padding_mode = "constant") =
    random_crop(x, [x.size(-2), x.size(-1)], most, fill, padding_mode)

# gaussian_noise(x, mean, sigma, clip): x with a normal draw added to each element; then, with `clip`, bounded to [0, 1].
# Shapes: any; the result has that of x
# PyTorch: torchvision.transforms.v2.GaussianNoise
# Example:
#     print gaussian_noise([0.25, 0.5], sigma = 0)
#     > [0.2500, 0.5000]
def gaussian_noise(x, mean = 0.0, sigma = 0.1, clip = true) {
    noisy = x + mean + sigma * randn_like(x)
    return clamp(noisy, 0, 1) if clip else noisy
}

# normalize(x, mean, std): (x - mean) / std, with numbers, or lists of one for each channel.
# Shapes: [.., channels, height, width]; the result has that of x
# PyTorch: torchvision.transforms.Normalize
# Example:
#     print normalize([[[0.0, 0.5, 1.0]]], 0.5, 0.25)
#     > [[[-2.,  0.,  2.]]]
def normalize(x, mean, std) {
    channels = require(x, ndim(x) >= 3, "normalize needs x as [.., channels, height, width], not ",
                       x).size(-3)
    m = reshape(zeros(channels) + mean, channels, 1, 1)
    s = reshape(zeros(channels) + std, channels, 1, 1)
    return (x - m) / s
}

# make_grid(x, nrow, padding, normalize, pad_value): images in rows of nrow, with borders, as one image.  With
# normalize = true the least of x becomes 0 and the largest 1.
# Shapes:
#     x       [n, channels, height, width] or [n, height, width], n known when compiling
#     result  [channels, rows (height + padding) + padding, nrow (width + padding) + padding]; of a single one, itself
# PyTorch: torchvision.utils.make_grid, which gives images of one channel three
# Example:
#     print make_grid([[[1]], [[2]], [[3]]], nrow = 2, padding = 1)
#     > [[[0, 0, 0, 0, 0],
#     >   [0, 1, 0, 2, 0],
#     >   [0, 0, 0, 0, 0],
#     >   [0, 3, 0, 0, 0],
#     >   [0, 0, 0, 0, 0]]]
def make_grid(x, nrow = 8, padding = 2, normalize = false, pad_value = 0) {
    x = require(x, ndim(x) == 3 or ndim(x) == 4,
                "make_grid needs images, [n, channels, height, width], not ", x)
    x = unsqueeze(x, 1) if ndim(x) == 3 else x
    if normalize {
        x = (x - min(x)) / maximum(max(x) - min(x), 1e-5)
    }
    n, channels = x.size(0), x.size(1)
    if n == 1 {
        return x[0]
    }
    columns = nrow if nrow < n else n
    rows = (n + columns - 1) // columns
    cells = pad(x, [padding, 0, padding, 0], value = pad_value)
    h, w = cells.size(-2), cells.size(-1)
    if rows * columns > n {
        cells =
            concat([cells, full([rows * columns - n, channels, h, w], pad_value, dtype = x.dtype)])
    }
    grid = permute(reshape(cells, rows, columns, channels, h, w), 2, 0, 3, 1, 4)
    return pad(reshape(grid, channels, rows * h, columns * w), [0, padding, 0, padding],
               value = pad_value)
}
