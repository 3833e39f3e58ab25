package gophers

import (
	"context"
	"strings"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

var packageDocs = handler.Prefix{
	Prefix:   "d/",
	Argument: "package",
	Help:     "links a package's documentation, or that of a name in it, as in `d/strings#Cut`",
	Examples: []handler.Example{
		{Say: "d/net/http", Want: "^<https://pkg.go.dev/net/http>$"},
		{Say: "d/strings#Cut", Want: "^<https://pkg.go.dev/strings#Cut>$"},
		{Say: "d/golang.org/x/sync/errgroup@v0.10.0", Want: "^<https://pkg.go.dev/golang.org/x/sync/errgroup@v0.10.0>$"},
	},
	Run: func(ctx context.Context, m handler.Message, argument string, r handler.Responder) error {
		return answerDocs(ctx, m, r, argument, "an import path, such as `d/net/http`")
	},
}

var githubDocs = handler.Prefix{
	Prefix:   "ghd/",
	Argument: "owner/repo",
	Help:     "links the documentation of a Go package that's on GitHub",
	Examples: []handler.Example{
		{Say: "ghd/gobridge/gopherbot", Want: "^<https://pkg.go.dev/github.com/gobridge/gopherbot>$"},
		{Say: "ghd/redis/go-redis/v9#Client", Want: "^<https://pkg.go.dev/github.com/redis/go-redis/v9#Client>$"},
	},
	Run: func(ctx context.Context, m handler.Message, argument string, r handler.Responder) error {
		path := "github.com/" + argument
		if owner, repo, _ := strings.Cut(argument, "/"); owner == "" || repo == "" {
			path = ""
		}
		return answerDocs(ctx, m, r, path, "an owner and a repository, such as `ghd/gobridge/gopherbot`")
	},
}

// answerDocs links the documentation at path. Without a path it says which argument
// was wanted, only to the author, and only if they spoke to the bot: any message may
// begin with "d/".
func answerDocs(ctx context.Context, m handler.Message, r handler.Responder, path, wanted string) error {
	switch url := docsURL(path); {
	case url != "":
		return r.Reply(ctx, handler.Reply{Text: "<" + url + ">", MentionUsers: true})
	case m.Addressed():
		return r.ReplyEphemeral(ctx, handler.Text("I need "+wanted+"."))
	default:
		return nil
	}
}

// packagePattern is an import path, maybe a version, and maybe an identifier.
// Nothing in it means anything in a URL or in Slack's markup.
var packagePattern = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._~+-]*(/[A-Za-z0-9_~+-][A-Za-z0-9._~+-]*)*(@[A-Za-z0-9][A-Za-z0-9.+-]*)?(#[A-Za-z_][A-Za-z0-9_.-]*)?$`)

// maxPackagePath bounds a path, in bytes. There are no import paths nearly as
// long.
const maxPackagePath = 300

// hyphens are characters that some programs write for a hyphen.
var hyphens = strings.NewReplacer("‐", "-", "‑", "-", "–", "-")

// docsURL returns the address of a package's documentation, "" for a text that is no
// import path.
func docsURL(path string) string {
	path = hyphens.Replace(strings.TrimRight(path, ".?!,;…/"))
	if len(path) > maxPackagePath || !packagePattern().MatchString(path) {
		return ""
	}
	return "https://pkg.go.dev/" + path
}
