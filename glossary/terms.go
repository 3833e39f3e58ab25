package glossary

// Terms are what the glossary explains, by name. To add one, add an entry: a
// name in the form people look it up, other names for it, two or three
// sentences, and a link to Go's own documentation.
var Terms = []Term{
	{
		Name:    "channel",
		Aliases: []string{"channels", "chan"},
		Text:    "A typed conduit through which goroutines send each other values. Sending to and receiving from an unbuffered channel wait for each other, so a channel hands over a value and a moment at once. The sender closes it, and only if the receiver has to know that nothing more comes.",
		Link:    "https://go.dev/ref/spec#Channel_types",
	},
	{
		Name:    "closure",
		Aliases: []string{"closures", "function literal", "anonymous function"},
		Text:    "A function literal that uses variables of the function around it. It shares them rather than copies them, and they live as long as the closure does. Since Go 1.22 each iteration of a `for` loop has variables of its own, so a closure made in a loop keeps those of its iteration.",
		Link:    "https://go.dev/ref/spec#Function_literals",
	},
	{
		Name:    "context",
		Aliases: []string{"context.Context", "ctx"},
		Text:    "What carries a deadline, a cancellation and values that belong to one request from a function to those it calls. It is the first parameter, named `ctx`, and is not kept in a struct. Whoever makes one that can be cancelled calls its `cancel`.",
		Link:    "https://pkg.go.dev/context",
	},
	{
		Name:    "data race",
		Aliases: []string{"race", "race condition"},
		Text:    "Two goroutines access the same variable at the same time, and at least one of them writes. What the program does then is anybody's guess. `go test -race` finds those that happen while it runs; a mutex, a channel or the `sync/atomic` package mend them.",
		Link:    "https://go.dev/doc/articles/race_detector",
	},
	{
		Name:    "defer",
		Aliases: []string{"defer statement", "deferred call"},
		Text:    "A statement that puts a call off until the function around it returns, even by a panic. The call's arguments are evaluated at once. Several deferred calls run last in, first out.",
		Link:    "https://go.dev/ref/spec#Defer_statements",
	},
	{
		Name:    "embedding",
		Aliases: []string{"embedded field", "struct embedding"},
		Text:    "A struct field that is declared with a type and no name. The methods and fields of that type can be used as if they were the struct's own. It is composition, not inheritance: a promoted method still sees only the embedded value.",
		Link:    "https://go.dev/doc/effective_go#embedding",
	},
	{
		Name:    "error wrapping",
		Aliases: []string{"wrapped error", "wrapping"},
		Text:    "Returning an error that adds what was being done to the error that stopped it, as in `fmt.Errorf(\"read config: %w\", err)`. `errors.Is` and `errors.As` look through what was wrapped.",
		Link:    "https://go.dev/blog/go1.13-errors",
	},
	{
		Name:    "goroutine",
		Aliases: []string{"goroutines", "go statement"},
		Text:    "A function that runs concurrently with others in the same address space, started with `go f()`. The runtime spreads goroutines over the operating system's threads; each begins with a few kilobytes of stack, so there can be many thousands. Know how each of yours will end before you start it.",
		Link:    "https://go.dev/ref/spec#Go_statements",
	},
	{
		Name:    "interface",
		Aliases: []string{"interfaces", "interface type"},
		Text:    "A type that is a set of methods. Every type that has those methods implements it, without saying so. Small ones are the most useful, and they belong to the package that uses them rather than to the one that implements them.",
		Link:    "https://go.dev/ref/spec#Interface_types",
	},
	{
		Name:    "method set",
		Aliases: []string{"method sets"},
		Text:    "The methods that decide which interfaces a type implements. That of `T` has the methods with receiver `T`; that of `*T` has those with receiver `*T` as well. This is why a value may not fit an interface where its pointer does.",
		Link:    "https://go.dev/ref/spec#Method_sets",
	},
	{
		Name:    "module",
		Aliases: []string{"modules", "go.mod"},
		Text:    "A tree of packages that is versioned and released as one, described by the `go.mod` file at its root: its path, the Go version it needs, and the modules it requires.",
		Link:    "https://go.dev/ref/mod",
	},
	{
		Name:    "rune",
		Aliases: []string{"runes", "code point"},
		Text:    "A Unicode code point, and an alias for `int32`. A string is bytes, UTF-8 by convention; `range` over it yields runes, indexing it yields bytes.",
		Link:    "https://go.dev/blog/strings",
	},
	{
		Name:    "slice",
		Aliases: []string{"slices"},
		Text:    "A view of a part of an array: a pointer, a length and a capacity. Copying a slice copies these three and not the elements, so two slices may share an array. `append` returns a slice that may or may not share it, which is why its result is assigned.",
		Link:    "https://go.dev/blog/slices-intro",
	},
	{
		Name:    "type parameter",
		Aliases: []string{"type parameters", "generics", "generic"},
		Text:    "A placeholder for a type in the declaration of a function or type, with a constraint that says which types it may be: `func Map[T, U any](s []T, f func(T) U) []U`. The compiler infers most type arguments from a call.",
		Link:    "https://go.dev/doc/tutorial/generics",
	},
	{
		Name:    "zero value",
		Aliases: []string{"zero values", "default value"},
		Text:    "What a variable holds when nothing else was assigned: `0`, `\"\"`, `false`, `nil`, or a struct of zero values. Types are at their best when theirs is ready for use, as `sync.Mutex` and `bytes.Buffer` are.",
		Link:    "https://go.dev/ref/spec#The_zero_value",
	},
}
