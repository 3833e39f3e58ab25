package gophers

import "github.com/gobridge/gopherbot/handler"

var sliceInternals = handler.Command{
	Trigger:  "slices",
	Aliases:  []string{"slice internals", "slice", "append"},
	Help:     "explains what a slice is made of",
	Examples: []handler.Example{{Say: "slice internals", Want: "capacity"}},
	Text: lines(
		"A slice is a view of an array: a pointer, a length and a capacity. Assigning or passing one copies these three, not the elements.",
		"• `append` writes into the same array while the capacity lasts, and moves to a larger one after that. So always use its result: `s = append(s, x)`.",
		"• Two slices may share an array; `slices.Clone(s)` makes one of its own, and `s[a:b:b]` has `append` copy rather than overwrite what follows.",
		"• A small slice of a large array keeps all of it in memory.",
		"• A `nil` slice is empty and ready for `append`, `len` and `range`.",
		"More: <https://go.dev/blog/slices-intro|Go Slices: usage and internals>, <https://go.dev/blog/slices|the mechanics of append>, and the package <https://pkg.go.dev/slices|slices>, which sorts, searches, inserts and deletes.",
	),
}

var emptyStruct = handler.Command{
	Trigger:  "empty struct",
	Aliases:  []string{"zero struct", "struct{}"},
	Help:     "explains struct{}",
	Examples: []handler.Example{{Say: "struct{}", Want: "takes no space"}},
	Text: lines(
		"`struct{}` is the struct type without fields, and `struct{}{}` its only value, which takes no space. It stands where something is needed and nothing is to be said:",
		"• `chan struct{}` for a signal: closing it tells everyone who waits",
		"• `map[string]struct{}` for a set, though `map[string]bool` reads better: `if seen[name]`",
		"• `type clock struct{}` for methods that need no data",
		"Do not compare pointers to such values: two of them <https://go.dev/ref/spec#Size_and_alignment_guarantees|may or may not be the same>.",
	),
}

var pointerPerformance = handler.Command{
	Trigger:  "pointer performance",
	Aliases:  []string{"pointers", "pointer or value"},
	Help:     "tells when to pass a pointer",
	Examples: []handler.Example{{Say: "pointer performance", Want: "heap"}},
	Text: lines(
		"A pointer is not faster just because it is small. Copying a few words costs next to nothing, while a pointer may move its value to the heap, where the garbage collector looks after it, and every use of it follows an address.",
		"Choose by meaning: a pointer when the function changes the value, when it must not be copied (it holds a `sync.Mutex`), or when there may be none; for a large struct, too. Otherwise a value. Slices, maps, channels, functions and interfaces hold pointers already.",
		"Then measure, if it matters: `go test -bench . -benchmem` counts allocations, and `go build -gcflags=-m` tells what escapes to the heap.",
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
		"They are for code that is the same whatever the type: containers, and algorithms on slices, maps and channels. Where you only call a value's methods, an interface is enough. Write the function for one type first, and make it generic when you need it for the second.",
		"More: <https://go.dev/doc/tutorial/generics|the tutorial>, <https://go.dev/blog/when-generics|When To Use Generics>, and the packages <https://pkg.go.dev/slices|slices>, <https://pkg.go.dev/maps|maps> and <https://pkg.go.dev/cmp|cmp>, which have much of it already.",
	),
}

var errorHandling = handler.Command{
	Trigger:  "errors",
	Aliases:  []string{"error handling", "handling errors"},
	Help:     "tells how errors are handled",
	Examples: []handler.Example{{Say: "error handling", Want: "%w"}},
	Text: lines(
		"Errors are values, and a function that can fail returns one last:",
		"```",
		"data, err := os.ReadFile(name)",
		"if err != nil {",
		"\treturn fmt.Errorf(\"read the settings: %w\", err)",
		"}",
		"```",
		"• Add what you were doing, and wrap with `%w` when callers may look at what is inside: they do it with `errors.Is` for a value and `errors.As`, or since Go 1.26 `errors.AsType`, for a type; never by comparing texts.",
		"• Handle an error once: log it or return it, not both.",
		"• `errors.Join` keeps several.",
		"• `panic` is for bugs, not for what can be expected to go wrong.",
		"More: <https://go.dev/blog/errors-are-values|Errors are values>, <https://go.dev/blog/go1.13-errors|Working with Errors>, the package <https://pkg.go.dev/errors|errors>. Why there is no shorter syntax: <https://go.dev/blog/error-syntax|error-syntax>.",
	),
}

var contexts = handler.Command{
	Trigger:  "context",
	Aliases:  []string{"contexts", "context.Context"},
	Help:     "explains context.Context",
	Examples: []handler.Example{{Say: "context", Want: "deadline"}},
	Text: lines(
		"A `context.Context` tells a function, and all that it calls, when to stop: at a deadline, or when whoever asked has gone. It can also carry values that belong to one request.",
		"```",
		"ctx, cancel := context.WithTimeout(ctx, 2*time.Second)",
		"defer cancel()",
		"rows, err := db.QueryContext(ctx, query)",
		"```",
		"• It is the first parameter, named `ctx`, and never `nil`; `context.TODO()` holds its place.",
		"• Pass it on rather than <https://go.dev/blog/context-and-structs|keep it in a struct>.",
		"• Always call `cancel`, and select on `&lt;-ctx.Done()` wherever you wait.",
		"• A handler gets it from `r.Context()`, a test from `t.Context()`, and `main` makes it with `signal.NotifyContext`.",
		"• Values are for what crosses layers, such as a request id, not for optional parameters.",
		"More: the package <https://pkg.go.dev/context|context>, <https://go.dev/blog/context|Go Concurrency Patterns: Context>.",
	),
}

var blockForever = handler.Command{
	Trigger:  "block forever",
	Aliases:  []string{"how to block forever"},
	Help:     "tells how to wait, forever or for something",
	Examples: []handler.Example{{Say: "block forever", Want: "select {}"}},
	Text: lines(
		"`select {}` blocks a goroutine forever and costs nothing; an empty `for {}` keeps a whole CPU busy. As a rule there is something to wait for, though:",
		"```",
		"// Ctrl-C",
		"ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)",
		"defer stop()",
		"&lt;-ctx.Done()",
		"",
		"// goroutines that you started",
		"var wg sync.WaitGroup",
		"wg.Go(work) // Go 1.25; before that, wg.Add and wg.Done",
		"wg.Wait()",
		"```",
		"A server needs neither: `http.ListenAndServe` returns only when it fails. And when no goroutine is left that could go on, the runtime ends the program: `all goroutines are asleep - deadlock!`",
	),
}
