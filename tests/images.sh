#!/bin/sh
# images.sh -- save "x.png": what pixels it writes, which files it leaves alone; grids and augmentation of lib/std/images.dsl.
. "$(dirname "$0")/lib.sh"
READPNG=$PWD/tests/readpng
cd "$TMP" || exit 1

# shows NAME FILE: the picture as readpng prints it is what stands on stdin
shows() { cat >wanted.txt; "$READPNG" "$2" >found.txt 2>&1; check "$1" diff found.txt wanted.txt; }

pictures() {
    cat >pictures.dsl <<'END'
save "gray.png", [[0.0, 0.5, 1.0], [-1.0, 2.0, 0.25]]
save "nan.png", [[log(0.0 * [1.0, 1.0])[0] * 0, 0.002, 0.001]]
save "bytes.png", u8([[0, 7, 255]])
save "bools.png", [[1.0, 2.0]] > 1.5
save "wide.png", f64([[0.1, 0.9]])
save "half.png", f16([[0.1, 0.9]])
save "color.png", [[[1.0, 0.0]], [[0.5, 0.0]], [[0.0, 1.0]]]
save "one.png", [[[0.0, 1.0]]]
save "grid.png", u8([[[1]], [[2]], [[3]], [[4]], [[5]], [[6]], [[7]], [[8]], [[9]]])
x = reshape(arange(3 * 3 * 2 * 2), 3, 3, 2, 2) / 36
save "colors.png", x
save "made.png", make_grid(x)
y = reshape(arange(20 * 4), 20, 1, 2, 2) / 80
save "many.png", y
save "made_many.png", make_grid(y)
save "narrow.png", make_grid(y, nrow = 3, padding = 1, pad_value = 1.0)
save "norm.png", make_grid(y * 100 - 3, normalize = true)
END
    "$GRADC" pictures.dsl -o pictures && ./pictures || return 1
    shows "floats from 0 to 1, rounded, and bounded" gray.png <<'END'
3 by 2, 1 channel, software gradc-generated
0 128 255
0 255 64
END
    shows "what is no number is black; 1/255 is rounded to" nan.png <<'END'
3 by 1, 1 channel, software gradc-generated
0 1 0
END
    shows "bytes as they are" bytes.png <<'END'
3 by 1, 1 channel, software gradc-generated
0 7 255
END
    shows "booleans" bools.png <<'END'
2 by 1, 1 channel, software gradc-generated
0 255
END
    shows "wide floats" wide.png <<'END'
2 by 1, 1 channel, software gradc-generated
26 230
END
    shows "narrow floats: f16(0.1) is below 0.1" half.png <<'END'
2 by 1, 1 channel, software gradc-generated
25 229
END
    shows "three channels are red, green and blue" color.png <<'END'
2 by 1, 3 channels, software gradc-generated
255/128/0 0/0/255
END
    shows "one image has no border" one.png <<'END'
2 by 1, 1 channel, software gradc-generated
0 255
END
    shows "several are a grid, eight in a row" grid.png <<'END'
26 by 8, 1 channel, software gradc-generated
0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
0 0 1 0 0 2 0 0 3 0 0 4 0 0 5 0 0 6 0 0 7 0 0 8 0 0
0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
0 0 9 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
END
    check "the grid of save is make_grid's" cmp colors.png made.png
    check "of many, too" cmp many.png made_many.png
    check "grids have the sizes of torchvision's" sh -c "'$READPNG' many.png | head -n 1 | grep -q '34 by 14' && '$READPNG' narrow.png | head -n 1 | grep -q '10 by 22' && '$READPNG' narrow.png | sed -n 2p | grep -qx '255 255 255 255 255 255 255 255 255 255'"
    check "normalize takes the least for 0 and the largest for 1" sh -c "'$READPNG' norm.png | tr ' ' '\n' | grep -qx 255 && '$READPNG' norm.png | sed -n 4p | grep -q '^0 0 0 3 0 0 13'"

    # Files of others are left alone; own ones, and empty ones, are replaced.
    ./pictures >/dev/null && pass "own files are replaced" || fail "own files are replaced"
    cp gray.png own.png && printf 'not an image' >gray.png
    check "a file of another kind is not" exits 2 ./pictures
    check "and stays as it was" sh -c '[ "$(cat gray.png)" = "not an image" ]'
    head -c 41 own.png >gray.png && printf 'Software\0another' >>gray.png
    check "nor an image of another program" says "not written by a gradc program" ./pictures
    : >gray.png
    check "an empty one is" ./pictures
    rm gray.png && mkdir gray.png
    check "nor a folder" says "gray.png" exits 3 ./pictures
    rmdir gray.png

    # predict writes outputs of images, its samples as a grid.
    cat >flip.dsl <<'END'
input x: f32[batch, 1, 2, 2]
output mirrored = flip(x, axis = -1)
output mean = mean(x, axis = [1, 2, 3])
END
    cat >three.dsl <<'END'
save "three.npy", reshape(arange(12.0), 3, 1, 2, 2) / 11
save "three.png", flip(reshape(arange(12.0), 3, 1, 2, 2) / 11, axis = -1)
END
    "$GRADC" run three.dsl && "$GRADC" flip.dsl -o flip && ./flip predict --in.x three.npy --out.mirrored out.png
    check "predict writes images" cmp out.png three.png
    check "what is no image is refused" says "is no image" exits 1 ./flip predict --in.x three.npy --out.mean mean.png
    sed '/mirrored/d' flip.dsl >mean.dsl && "$GRADC" mean.dsl -o mean
    check "a program without images says so" says "it has no output of images" ./mean predict --in.x three.npy --out.mean mean.png
    check "and does not link libpng" sh -c "! ldd ./mean | grep -q libpng && ldd ./flip | grep -q libpng"
    "$GRADC" --emit=c --standalone three.dsl -o alone.c && check "a standalone file has the writer inside" sh -c "${CC:-cc} -O1 alone.c -o alone -lm -lpng && mkdir -p in && cd in && ../alone && cmp three.png ../three.png"
}
if [ -x "$READPNG" ]; then
    pictures || fail "the program of pictures runs"
else
    skip "images: libpng was not found by configure"
    echo 'save "x.png", [[1.0]]' >x.dsl
    check "without libpng the compiler says what to install" says "libpng-dev" exits 3 "$GRADC" x.dsl -o x
fi

refuses() { # refuses NAME TEXT: the program on stdin
    cat >wrong.dsl
    check "$1" says "$2" exits 1 "$GRADC" --emit=c wrong.dsl -o wrong.c
}
echo 'save "x.jpg", [[1.0]]' | refuses "an unknown ending" "name it .npy for one array, .npz for several, .png for images"
echo 'save "x.png", [1.0]' | refuses "a vector" "f32[1] is no image"
echo 'save "x.png", zeros(2, 2, 4, 4)' | refuses "two channels" "[n, 1 or 3, h, w]"
echo 'save "x.png", [[1, 2]]' | refuses "integers" "u8 and bool can be shown"
echo 'save "x.png", a = [[1.0]]' | refuses "a name" "holds one tensor, without a name"

# ---- augmentation ----

# Draws are of each image, new in each step of each epoch, and the same from run to run. A batch is one image of two
# numbers; which of them comes first is seen from the loss.
cat >flips.dsl <<'END'
input x: f32[batch, 1, 1, 2]
param w = 1.0
loss = mean(sum(x * [2.0, 1.0], axis = -1)) * w
data train { x = random_horizontal_flip(npy("pair.npy")) }
data valid { x = npy("pair.npy") / 1 }
train {
    minimize loss with sgd(lr = 0)
    batch  = 4
    epochs = 6
}
END
echo 'save "pair.npy", reshape([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0], 8, 1, 1, 2)' >pair.dsl
"$GRADC" run pair.dsl && "$GRADC" flips.dsl -o flips && ./flips --quiet && cut -d, -f1-4 flips.csv >first.csv && ./flips --quiet && cut -d, -f1-4 flips.csv >second.csv
check "the same draws in each run" cmp first.csv second.csv
check "others in each epoch" sh -c "[ \$(grep train first.csv | cut -d, -f4 | sort -u | wc -l) -ge 3 ]"
check "of each image by itself" sh -c "grep train first.csv | cut -d, -f4 | grep -qE '1\.(25|5|75)'"
check "other seeds draw otherwise" sh -c './flips --quiet --seed 1 && cut -d, -f1-4 flips.csv >third.csv && ! cmp -s first.csv third.csv'
check "a split without augmentation has none" sh -c "[ \$(grep valid first.csv | cut -d, -f4 | sort -u) = 2 ]"

cat >augment.dsl <<'END'
def near(x, wanted, by) = x > wanted - by and x < wanted + by
shifted = random_shift(ones(4000, 2, 3), 1)
print "shift", max(sum(shifted == 0, axis = [1, 2])), near(mean(shifted), 14 / 27, 0.01)
m = mean(random_horizontal_flip(reshape(arange(2.0), 1, 1, 2) + zeros(4000, 1, 1))[:, 0, 0])
print "flip", near(m, 0.5, 0.03)
m = mean(random_vertical_flip(reshape(arange(2.0), 1, 2, 1) + zeros(4000, 1, 1), p = 0.25)[:, 0, 0])
print "flip", near(m, 0.25, 0.03)
crops = random_crop(reshape(arange(16.0), 4, 4) + zeros(6000, 1, 4, 4), [2, 3])
first = crops[:, 0, 0, 0]
print "crop", crops.shape, all(crops[:, 0, 1, 2] == first + 6)
for place in [0, 1, 4, 5, 8, 9] {
    print near(sum(first == place), 1000, 120)
}
noisy = gaussian_noise(zeros(10000) + 0.5, sigma = 0.1)
print "noise", near(mean(noisy), 0.5, 0.005), near(std(noisy), 0.1, 0.005)
print "clipped", min(gaussian_noise(zeros(100))), min(gaussian_noise(zeros(100), clip = false)) < 0
print random_crop([[[1, 2], [3, 4]]], 4, padding = 1, fill = 9)
print random_crop([[[1, 2], [3, 4]]], 6, padding = 2, padding_mode = "replicate")
print normalize([[[1.0]], [[1.0]], [[1.0]]], [0.0, 0.5, 1.5], [1.0, 0.5, 0.25])[:, 0, 0]
END
cat >augment.txt <<'END'
shift 4 True
flip True
flip True
crop [6000, 1, 2, 3] True
True
True
True
True
True
True
noise True True
clipped 0 True
[[[9, 9, 9, 9],
  [9, 1, 2, 9],
  [9, 3, 4, 9],
  [9, 9, 9, 9]]]
[[[1, 1, 1, 2, 2, 2],
  [1, 1, 1, 2, 2, 2],
  [1, 1, 1, 2, 2, 2],
  [3, 3, 3, 4, 4, 4],
  [3, 3, 3, 4, 4, 4],
  [3, 3, 3, 4, 4, 4]]]
[ 1.,  1., -2.]
END
"$GRADC" run augment.dsl >found.txt
check "draws are spread as they should be" diff found.txt augment.txt
echo 'print random_crop(zeros(1, 4, 4), 5)' | refuses "a crop larger than the image" "it cannot have the size 5 by 5"
echo 'print random_horizontal_flip(zeros(4, 4))' | refuses "a matrix has no samples" "needs x as [batch, height, width]"
finish
