x = [1.0, -1.0]
print torch.relu(x)
#! pytorch_torch_relu.dsl:2:7: error: unknown name 'torch'
#!     2 | print torch.relu(x)
#!       |       ^~~~~ no prefix is needed: torch.relu(x) is relu(x), nn.Linear(3, 4) is linear(4)
