package gophers

import "github.com/gobridge/gopherbot/handler"

var sliceInternals = handler.Command{
	Trigger:  "slices",
	Aliases:  []string{"slice internals", "slice", "append"},
	Help:     "explains how slices work inside",
	Examples: []handler.Example{{Say: "slice internals", Want: "capacity"}},
	Text: lines(
		"A slice is a view into an array: a pointer, a length and a capacity. When you assign or pass one, you copy those three, not the elements.",
		"• `append` writes into the same array while there's capacity, then moves to a larger one. So always use its result: `s = append(s, x)`.",
		"• Two slices can share an array. `slices.Clone(s)` gives you an independent copy, and with `s[a:b:b]` a later `append` copies instead of overwriting the elements that follow.",
		"• A small slice of a large array keeps the whole array in memory.",
		"• A `nil` slice is empty and ready to use: `append`, `len` and `range` all work.",
		"More: <https://go.dev/blog/slices-intro|Go Slices: usage and internals>, <https://go.dev/blog/slices|the mechanics of append>, and the package <https://pkg.go.dev/slices|slices>, which sorts, searches, inserts and deletes for you.",
	),
}

var emptyStruct = handler.Command{
	Trigger:  "empty struct",
	Aliases:  []string{"zero struct", "struct{}"},
	Help:     "explains struct{}",
	Examples: []handler.Example{{Say: "struct{}", Want: "takes no space"}},
	Text: lines(
		"`struct{}` is a struct with no fields, and `struct{}{}` is its only value, which takes no space. Use it when you need a value but have nothing to put in it:",
		"• `chan struct{}` for a signal: close it, and everyone who's waiting knows",
		"• `map[string]struct{}` for a set, though `map[string]bool` reads better: `if seen[name]`",
		"• `type clock struct{}` for methods that need no data",
		"Don't compare pointers to such values: two of them <https://go.dev/ref/spec#Size_and_alignment_guarantees|may or may not be the same>.",
	),
}

var pointerPerformance = handler.Command{
	Trigger:  "pointer performance",
	Aliases:  []string{"pointers", "pointer or value"},
	Help:     "helps you choose between a pointer and a value",
	Examples: []handler.Example{{Say: "pointer performance", Want: "heap"}},
	Text: lines(
		"A pointer isn't faster just because it's small. Copying a few words costs next to nothing, while a pointer can push its value onto the heap, where it's more work for the garbage collector, and every use has to follow an address.",
		"So choose by meaning. Use a pointer when the function changes the value, when the value mustn't be copied (it holds a `sync.Mutex`), when there may be none, or when the struct is large. Otherwise use a value. Slices, maps, channels, functions and interfaces already hold pointers.",
		"If it matters, measure: `go test -bench . -benchmem` counts allocations, and `go build -gcflags=-m` shows you what escapes to the heap.",
		"More: <https://go.dev/wiki/CodeReviewComments#receiver-type|receiver types>, <https://go.dev/doc/faq#stack_or_heap|stack or heap>, <https://go.dev/doc/gc-guide|a guide to the garbage collector>.",
	),
}

var generics = handler.Command{
	Trigger:  "generics",
	Aliases:  []string{"type parameters"},
	Help:     "explains type parameters, and when to use them",
	Examples: []handler.Example{{Say: "generics", Want: "When To Use Generics"}},
	Text: lines(
		"Functions, types and, since Go 1.27, methods can have type parameters, and the compiler infers most type arguments:",
		"```",
		"func Map[S, T any](list []S, f func(S) T) []T {",
		"\tout := make([]T, 0, len(list))",
		"\tfor _, v := range list {",
		"\t\tout = append(out, f(v))",
		"\t}",
		"\treturn out",
		"}",
		"",
		"var names = Map(users, User.Name) // a []string",
		"```",
		"They're for code that's the same whatever the type: containers, and algorithms on slices, maps and channels. If you only call a value's methods, an interface is enough. Write the function for one type first, and make it generic once you need a second.",
		"More: <https://go.dev/doc/tutorial/generics|the tutorial>, <https://go.dev/blog/when-generics|When To Use Generics>, and the packages <https://pkg.go.dev/slices|slices>, <https://pkg.go.dev/maps|maps> and <https://pkg.go.dev/cmp|cmp>, which may already have what you need.",
	),
}

var errorHandling = handler.Command{
	Trigger:  "errors",
	Aliases:  []string{"error handling", "handling errors"},
	Help:     "shows you how to handle errors",
	Examples: []handler.Example{{Say: "error handling", Want: "%w"}},
	Text: lines(
		"Errors are values, and a function that can fail returns one as its last result:",
		"```",
		"data, err := os.ReadFile(name)",
		"if err != nil {",
		"\treturn fmt.Errorf(\"read the settings: %w\", err)",
		"}",
		"```",
		"• Say what you were doing, and wrap with `%w` if callers may look inside. They do that with `errors.Is` for a value, and with `errors.AsType` (Go 1.26) or `errors.As` for a type. Never compare error texts.",
		"• Handle an error once: log it or return it, but not both.",
		"• Got several? `errors.Join` puts them together.",
		"• `panic` is for bugs, not for things you can expect to go wrong.",
		"More: <https://go.dev/blog/errors-are-values|Errors are values>, <https://go.dev/blog/go1.13-errors|Working with Errors>, the package <https://pkg.go.dev/errors|errors>. If you wonder why there's no shorter syntax: <https://go.dev/blog/error-syntax|error-syntax>.",
	),
}

var contexts = handler.Command{
	Trigger:  "context",
	Aliases:  []string{"contexts", "context.Context"},
	Help:     "explains context.Context",
	Examples: []handler.Example{{Say: "context", Want: "deadline"}},
	Text: lines(
		"A `context.Context` tells a function, and everything it calls, when to stop: at a deadline, or when nobody wants the answer any more. It can also carry values that belong to one request.",
		"```",
		"ctx, cancel := context.WithTimeout(ctx, 2*time.Second)",
		"defer cancel()",
		"rows, err := db.QueryContext(ctx, query)",
		"```",
		"• It's the first parameter, called `ctx`, and it's never `nil`. Don't have one yet? Use `context.TODO()`.",
		"• Pass it along, and <https://go.dev/blog/context-and-structs|don't keep it in a struct>.",
		"• Always call `cancel`, and wherever you wait, also select on `&lt;-ctx.Done()`.",
		"• An HTTP handler gets it from `r.Context()`, a test from `t.Context()`, and `main` makes one with `signal.NotifyContext`.",
		"• Values are for things that cross layers, such as a request ID. They're not optional parameters.",
		"More: the package <https://pkg.go.dev/context|context>, <https://go.dev/blog/context|Go Concurrency Patterns: Context>.",
	),
}

var blockForever = handler.Command{
	Trigger:  "block forever",
	Aliases:  []string{"how to block forever"},
	Help:     "shows you how to wait, forever or for something",
	Examples: []handler.Example{{Say: "block forever", Want: "select {}"}},
	Text: lines(
		"`select {}` blocks a goroutine forever and costs nothing, while an empty `for {}` keeps a whole CPU busy. Usually there's something to wait for, though:",
		"```",
		"// Ctrl-C, or SIGTERM from Docker, Kubernetes or systemd",
		"ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)",
		"defer stop()",
		"&lt;-ctx.Done()",
		"",
		"// goroutines that you've started",
		"var wg sync.WaitGroup",
		"wg.Go(work) // since Go 1.25; before that, wg.Add and wg.Done",
		"wg.Wait()",
		"```",
		"`http.ListenAndServe` blocks by itself: it only returns when it fails, or once `Shutdown` or `Close` was called. And if no goroutine can go on any more, the runtime ends the program: `all goroutines are asleep - deadlock!`",
	),
}
