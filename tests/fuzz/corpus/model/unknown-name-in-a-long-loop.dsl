for instancenorm2di in 0..100001 {
    x = i
}
