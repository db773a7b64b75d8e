" Vim syntax file: gradc models
" The lists of words are kept by `make editor-words`.
if exists('b:current_syntax')
  finish
endif

syn keyword gradcKeyword const def else for if import in minimize module optimizer over param print return scan with yield
syn match gradcCounter /\<\%(batch\|epoch\|epochs\|generating\|position\|step\|steps\|steps_per_epoch\|training\)\>/
syn match gradcStarter /\%(^\|{\)\s*\zs\%(data\|generate\|input\|metric\|option\|output\|report\|save\|state\|step\|train\)\ze\s\+[A-Za-z_{]/
syn keyword gradcOperator and not or
syn keyword gradcConstant false none true
syn keyword gradcType bf16 bool f16 f32 f64 i16 i32 i64 i8 u8
syn keyword gradcBuiltin abs add all any arange argmax argmin atan2 bernoulli broadcast_to cat ceil chunk clamp concat contiguous conv1d_with conv2d_with conv_transpose1d_with conv_transpose2d_with cos cosh cumprod cumsum detach diag diagonal div dot dstack dtype einsum erf exp exp2 expand expm1 eye fan_in fan_out flatten flip floor floordiv full full_like gather grad has_batch hstack index_add index_select init_shape is_zero isnan len linspace load log log10 log1p log2 matmul max maximum mean min minimum mod movedim mul ndim neg normal one_hot ones ones_like outer pad per_axis permute pick pow prod rand rand_like randint randn randn_like remainder repeat require reshape round rsqrt scatter_add shape sigmoid sign sin sinh size split sqrt squeeze stack std sub sum swapaxes take take_along_axis tanh tile transpose unbind uniform unsqueeze var view vstack where windows zeros zeros_like
syn keyword gradcLibrary accuracy acos adadelta adagrad adam adamax adamw adaptive_avg_pool2d adaptive_avgpool2d after allclose allowed anneal argsort asin atan attention avg_pool1d avg_pool2d avgpool1d avgpool2d batch_statistics batchnorm1d batchnorm2d bce_loss bce_with_logits bounded_log calculate_gain categorical causal_attention channel_axes class_axis class_mean comes_before confusion_matrix constant constant_start conv1d conv2d conv_input conv_transpose1d conv_transpose2d cosine cosine_embedding_loss cosine_restarts cosine_similarity cross_entropy descent dirac dropout dropout1d dropout2d elu embedding eq erfinv exponential f1_score fmod frac gaussian_noise ge gelu gelu_tanh global_avgpool2d global_maxpool2d groupnorm gru gru_cell gru_step gt hardtanh heads_to_share hinge_loss hits_of huber_loss inf instancenorm1d instancenorm2d inverse_sqrt isclose isfinite isinf kaiming_normal kaiming_std kaiming_uniform keep_top kl_div l1_loss label_class label_share last_axes layernorm le leaky_relu linear linear_decay linear_from_zero linear_ramp lion log_softmax logical_and logical_not logical_or logical_xor logsigmoid logsumexp lstm lstm_cell lstm_step lt mae make_grid margin_ranking_loss mask_of_all masked_fill masked_scores max_pool1d max_pool2d maxpool1d maxpool2d maxpool_along mean_along mean_shared mish mse_loss multi_margin_loss multihead_attention multistep nadam nan ne nll_loss noam norm norm_shape normal_cdf normalize normalized numel one_cycle one_cycle_momentum one_each orthogonal pad_along per_channel perplexity pi polynomial pool_counts pool_input pool_places precision r2 radam random_crop random_horizontal_flip random_shift random_vertical_flip reached recall reciprocal recurrent_add recurrent_check recurrent_dropout recurrent_first recurrent_memory recurrent_turn recurrent_way relu relu6 repeat_interleave rmse rmsnorm rmsprop rnn rnn_cell rnn_step roll selu sgd share_of silu sinusoids smooth_l1_loss softmax softplus softsign sort split_heads square step_decay strided tan topk topk_accuracy trace transformer_encoder_layer tril triu trunc trunc_normal unfold upsample warmup weight_dtype with_heads xavier_normal xavier_uniform

syn match gradcFunction /\%(\<\%(def\|module\|optimizer\)\s\+\)\@<=\h\w*/
syn match gradcSign /|>\|<-\|\*\*\|[-+*/%@<>=!]=\|[-+*/%@<>=]\|\.\./
syn match gradcNumber /\<\d\+\%(\.\d\+\)\?\%([eE][-+]\?\d\+\)\?\>\|\<0[xX]\x\+\>\|\<0[bB][01]\+\>/
syn region gradcString start=/"/ skip=/\\./ end=/"/ oneline contains=gradcEscape
syn match gradcEscape /\\\%([nt"\\]\|x\x\x\)/ contained
syn match gradcComment /#.*/ contains=gradcTodo,gradcField,@Spell
syn match gradcField /\%(#\s\)\@<=\%(Shapes\|PyTorch\|Example\|Helper of\):/ contained
syn keyword gradcTodo TODO FIXME XXX contained

hi def link gradcKeyword Keyword
hi def link gradcStarter Keyword
hi def link gradcOperator Operator
hi def link gradcSign Operator
hi def link gradcConstant Constant
hi def link gradcType Type
hi def link gradcBuiltin Function
hi def link gradcLibrary Function
hi def link gradcCounter Identifier
hi def link gradcFunction Function
hi def link gradcNumber Number
hi def link gradcString String
hi def link gradcEscape SpecialChar
hi def link gradcComment Comment
hi def link gradcField SpecialComment
hi def link gradcTodo Todo

let b:current_syntax = 'gradc'
