# fuzz.mk -- the targets with libFuzzer, ASan and UBSan; called by `make fuzz` and tests/fuzz.sh in a
# folder of its own, with SRC (the source tree), BUILD (where parser.c and lexer.c may be instead),
# FUZZ_CC, COMPILER and RUNTIME (the lists of C files), and ZLIB (-lz or nothing).
FUZZ_CC ?= clang
targets = source model ir header safetensors npy npz idx csv rows windows json
front = source model ir header
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined
FLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -g -O1 -fno-omit-frame-pointer -w \
	$(if $(ZLIB),-DFUZZ_HAVE_ZLIB) -I$(SRC) -I$(SRC)/runtime -I$(BUILD)

compiler_objects = $(addprefix compiler/,$(subst /,-,$(COMPILER:.c=.o)))
runtime_objects = $(addprefix runtime/,$(subst /,-,$(RUNTIME:.c=.o)))

all: $(addprefix fuzz_,$(targets))

define rule
$(1)/$(subst /,-,$(2:.c=.o)): $$(firstword $$(wildcard $(SRC)/$(2) $(BUILD)/$(2)))
	@mkdir -p $(1)
	$(FUZZ_CC) $(FLAGS) -MMD -fsanitize=fuzzer-no-link $(SANITIZE) -c $$< -o $$@
endef
$(foreach file,$(COMPILER),$(eval $(call rule,compiler,$(file))))
$(foreach file,$(RUNTIME),$(eval $(call rule,runtime,$(file))))
compiler.a: $(compiler_objects)
	$(AR) rcs $@ $^
-include $(compiler_objects:.o=.d) $(runtime_objects:.o=.d)

$(addprefix fuzz_,$(front)): fuzz_%: $(SRC)/tests/fuzz/%.c $(SRC)/tests/fuzz/support.c $(SRC)/tests/fuzz/compile.c compiler.a
	$(FUZZ_CC) $(FLAGS) -fsanitize=fuzzer $(SANITIZE) $^ -o $@ -lm

$(addprefix fuzz_,$(filter-out $(front),$(targets))): fuzz_%: $(SRC)/tests/fuzz/%.c $(SRC)/tests/fuzz/support.c $(runtime_objects)
	$(FUZZ_CC) $(FLAGS) -fsanitize=fuzzer $(SANITIZE) $^ -o $@ -lm $(ZLIB)
