x = zeros(3).cuda()
print x
#! pytorch_cuda.dsl:1:14: error: unknown name 'cuda'
#!     1 | x = zeros(3).cuda()
#!       |              ^~~~ programs run on the CPU: leave it out
