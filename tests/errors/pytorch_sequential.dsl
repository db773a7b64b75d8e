input x: f32[batch, 8]
net = Sequential(linear(4), relu)
output y = net(x)
#! pytorch_sequential.dsl:2:7: error: unknown name 'Sequential'
#!     2 | net = Sequential(linear(4), relu)
#!       |       ^~~~~~~~~~ layers stand in a row: x |> linear(64) |> relu |> linear(10)
