input x: f32[batch, 3]
model = linear(2)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
#! pytorch_optimizer_torch.dsl:3:11: error: expected a name, found '='
#!     3 | optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
#!       |           ^ optimizers stand in the train block: minimize loss with adam(lr = 1e-3)
