x = zeros(3, dtype = torch.float64)
print x
#! pytorch_dtype_torch.dsl:1:22: error: unknown name 'torch'
#!     1 | x = zeros(3, dtype = torch.float64)
#!       |                      ^~~~~ no prefix is needed: torch.relu(x) is relu(x), nn.Linear(3, 4) is linear(4)
