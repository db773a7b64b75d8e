optimizer lazy()(p, g) {
    q = p - g
}
input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train { minimize loss with lazy() }
#! optimizer_writes_nothing.dsl:1:11: error: optimizer 'lazy' never writes its parameter
#!     1 | optimizer lazy()(p, g) {
#!       |           ^~~~ p <- ...
