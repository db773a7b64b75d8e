def of_many(first_argument, second_argument, third_argument = 1.0, fourth_argument = "a string", fifth = none) = first_argument + second_argument
loss = mse_loss(predictions_of_the_first_model, targets) + l1_loss(predictions_of_the_second_model, targets) * 0.25
print "a label:", concat([reshape(arange(12), 3, 4), reshape(arange(12), 3, 4)], axis = 1), shape(zeros(3, 4)), "more"
logits = image / 16 |> linear(width_of_the_first_layer) |> relu |> linear(width_of_the_second_layer) |> relu |> linear(10)
train { minimize loss_of_the_generator with adam(lr = learning_rate_of_generator, beta1 = 0.5, beta2 = 0.999) over generator }
condition = (the_first_of_the_conditions and not the_second_of_the_conditions) or the_third_of_them == the_fourth
text = "a string of a hundred characters or more, which nothing can break, because it is one token of this language"
