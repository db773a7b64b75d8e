option lr    = 1e-3   # one
const  width = 64     # two
input image:   f32[batch,64]
input labels:  i32[batch]
a    = 1
bb   = f( 2 )
ccc  = 3
d  = 4

e     = 5
x  =   6
yy   += 7
data train { image = randn(64,1)
             l     = 3*image+1 }
data test  { image = randn(16,1)
             l     = 3*image+1 }
p = 1         # far
qqq = f(2,3)  # away
r = 3 # near
s=4 # near
train {
  batch   = 32
  # in between
  epochs  = 20

  shuffle = true
}
