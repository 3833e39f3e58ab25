package gophers

import "github.com/gobridge/gopherbot/handler"

var installGo = handler.Command{
	Trigger:  "install go",
	Aliases:  []string{"install", "install golang", "installation", "download", "download go", "set up go", "setup", "upgrade go", "update go", "uninstall go"},
	Help:     "tells how to install Go or a newer version of it",
	Examples: []handler.Example{{Say: "install go", Want: "go.dev/dl"}},
	Text: lines(
		"Get Go from <https://go.dev/dl/|go.dev/dl>, for Linux, macOS and Windows, and follow <https://go.dev/doc/install|the instructions>. Then `go version` shows that it works.",
		"• To update, install the newer version the same way. If your `go.mod` asks for a newer one, the `go` command fetches it by itself.",
		"• Your system's own package may be old. It doesn't have to be: since Go 1.21 it can fetch the version that a module needs.",
		"• `command not found`: put Go's `bin` directory, and `$(go env GOPATH)/bin`, into your `PATH`, and open a new terminal.",
		"Next: <https://go.dev/doc/tutorial/getting-started|write your first program>. Several versions side by side: <https://go.dev/doc/manage-install|Managing Go installations>.",
	),
}

var editors = handler.Command{
	Trigger:  "editors",
	Aliases:  []string{"editor", "IDE", "which editor", "text editor", "VS Code", "Visual Studio Code", "GoLand", "gopls", "LSP", "neovim"},
	Help:     "tells which editors are good for Go",
	Examples: []handler.Example{{Say: "IDE", Want: "gopls"}},
	Text: lines(
		"Any editor that speaks to <https://go.dev/gopls/|gopls>, Go's language server, completes, formats, renames and shows mistakes while you type:",
		"• *VS Code* with <https://code.visualstudio.com/docs/languages/go|the Go extension>: free, and the one that most gophers use",
		"• *GoLand* by <https://www.jetbrains.com/go/|JetBrains>: an IDE with everything built in",
		"• *Vim, Neovim, Emacs, Helix, Zed* and others: the wiki has <https://go.dev/wiki/IDEsAndTextEditorPlugins|plugins and instructions>",
		"To try something without an editor, there's <https://go.dev/play/|the Go Playground>.",
	),
}

var jobs = handler.Command{
	Trigger:  "jobs",
	Aliases:  []string{"job", "jobs in Go", "hiring", "post a job", "job offers", "job board", "careers", "find a job", "recruiting", "freelance"},
	Help:     "tells where to find and to offer work",
	Examples: []handler.Example{{Say: "post a job", Want: "#jobs"}},
	Text: lines(
		"Offers and requests for work belong in #jobs, and only there.",
		"• Offering one? Say what it is about, where (or remote), what kind of contract, and what it pays. Please don't send people messages that they didn't ask for.",
		"• Looking for one? Say what you do, where you are, and what you'd like to do.",
	),
}

var listenAndWatch = handler.Command{
	Trigger:  "videos",
	Aliases:  []string{"video", "podcasts", "podcast", "talks", "youtube", "screencasts", "conference talks", "watch"},
	Help:     "names talks and podcasts about Go",
	Examples: []handler.Example{{Say: "podcasts", Want: "Cup o' Go"}},
	Text: lines(
		"*To watch and to listen to:*",
		"• <https://www.youtube.com/@GopherAcademy|GopherCon's talks> – every year's, for beginners and for experts",
		"• <https://go.dev/wiki/GoTalks|Talks about Go> – the wiki's list, with the classics",
		"• <https://cupogo.dev/|Cup o' Go> – a podcast with each week's news, in 30 minutes",
		"To read instead, say `books` or `recommended blogs` to me.",
	),
}

var postCode = handler.Command{
	Trigger: "post code",
	Aliases: []string{
		"code", "paste", "paste code", "share code", "code block", "code blocks", "code formatting", "format code", "formatting code", "backticks", "snippet", "pastebin", "markdown",
	},
	Help:     "tells how to post code here and how to format it",
	Examples: []handler.Example{{Say: "paste code", Want: "three backticks"}},
	Text: lines(
		"*To post code here:* put a line with three backticks before it and one behind it. For more than a few lines, <https://go.dev/play/|the Go Playground> is better: people can run it there.",
		"*To format code:* `gofmt` does it for you, as `go fmt ./...` or in your editor each time you save. It has no options, so all Go code looks alike.",
	),
}

var webFrameworks = handler.Command{
	Trigger:  "web frameworks",
	Aliases:  []string{"web framework", "framework", "http framework", "http router", "router", "web server", "web development", "rest api", "backend"},
	Help:     "tells what to build websites and APIs with",
	Examples: []handler.Example{{Say: "web framework", Want: "net/http"}},
	Text: lines(
		"Begin with <https://pkg.go.dev/net/http|net/http>: since Go 1.22 its router knows methods and wildcards, as in `mux.HandleFunc(\"GET /users/{id}\", show)`, and servers in production need little more.",
		"• <https://go.dev/doc/articles/wiki/|Writing Web Applications> is the tutorial.",
		"• <https://github.com/go-chi/chi|chi> adds middleware and groups of routes, and stays with the types of `net/http`.",
		"• <https://github.com/labstack/echo|Echo> and <https://github.com/gin-gonic/gin|Gin> have types of their own, with binding, validation and more.",
		"Whichever you take: say `http timeouts` to me before you go live.",
	),
}

var logging = handler.Command{
	Trigger:  "logging",
	Aliases:  []string{"log", "logs", "logger", "slog", "log/slog", "structured logging"},
	Help:     "tells how to write logs",
	Examples: []handler.Example{{Say: "logging", Want: "log/slog"}},
	Text: lines(
		"Use <https://pkg.go.dev/log/slog|log/slog>, which is in the standard library: it writes levels, and keys with values, as text or as JSON.",
		"```",
		"slog.Info(\"order shipped\", \"order\", id, \"took\", time.Since(start))",
		"```",
		"• `slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))` in `main` makes it JSON.",
		"• Log an error where you handle it, and only there. Never log secrets.",
		"More: <https://go.dev/blog/slog|Structured Logging with slog>. In small tools, `log.Printf` is fine.",
	),
}

var configuration = handler.Command{
	Trigger:  "configuration",
	Aliases:  []string{"config", "configs", "settings", "environment variables", "env", "env vars", "dotenv", "viper", "config file"},
	Help:     "tells how a program gets its settings",
	Examples: []handler.Example{{Say: "config", Want: "os.Getenv"}},
	Text: lines(
		"*Settings of a program:*",
		"• Few of them: flags with <https://pkg.go.dev/flag|flag>, or environment variables with `os.Getenv`.",
		"• Many: one struct, filled from the environment or a file when the program starts, and checked there, so that a mistake stops it with a message rather than breaking it later.",
		"• Secrets come from the environment or a secret store, never from the repository.",
		"Pass the values on to what needs them. A global that everything reads is hard to test.",
	),
}
