# Thin: every line is a command you could type.
.PHONY: all check asan tsan fuzz tidy format demo gdb clean
all:
	cmake --preset dev -G Ninja && cmake --build --preset dev
check:
	tools/test
asan tsan:
	cmake --preset $@ -G Ninja && cmake --build --preset $@ && ctest --preset $@
fuzz:
	tools/fuzz 60
tidy:
	cmake --preset tidy -G Ninja && cmake --build --preset tidy
format:
	clang-format -i $$(git ls-files '*.c' '*.h')
demo:
	tools/demo
gdb: all
	gdb --args build/dev/loa $(ARGS)
clean:
	rm -rf build
