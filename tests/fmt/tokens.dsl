x=-a**-b*(c-d)/ -e
y=not(a==b)and c[ 1:n-1 , ::2,..,-1: ]
z=[ -1,- 2,[ ] ]
for i in 0..n-1{h=h|>linear( 4 )}
def f(x:f32[ ..,n ],y:i64=1)=x.reshape( n,-1 ).relu().sum(axis=-1)
def g(a,b,){
return(a,b)
}
module m()(x:f32[batch,n]){param w:f32[n,n]=uniform(-1,1)
return x@w}
h:f32[batch,3]=x*2
u,v=f(rows=:1500,columns=10:,steps=::2)
state s=0.0
s<-s+1
s//=2


m1 . weight<-(x)
if a<=b{}else if c>=d{}else{
}
step=step-1
data=train
data train{x=csv("a b")}metric k=1
x=f(
a,
b
)
y=g([
1,2
],f(
3
))
w = a +
    b *
c
v = a
|> relu
print(x,  y)
print (a+b)*c
print  [1]
