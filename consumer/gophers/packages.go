package gophers

import (
	"context"
	"net/url"
	"strings"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

var packageDocs = handler.Prefix{
	Prefix:   "d/",
	Argument: "package",
	Help:     "links a package's documentation, or that of a name in it, as in `d/strings.Cut`; you can shorten the standard library's, as in `d/json`",
	Examples: []handler.Example{
		{Say: "d/net/http", Want: "^<https://pkg.go.dev/net/http>$"},
		{Say: "d/json", Want: "^<https://pkg.go.dev/encoding/json>$"},
		{Say: "d/strings.Cut", Want: "^<https://pkg.go.dev/strings#Cut>$"},
		{Say: "d/golang.org/x/sync/errgroup@v0.10.0", Want: "^<https://pkg.go.dev/golang.org/x/sync/errgroup@v0.10.0>$"},
	},
	Run: func(ctx context.Context, m handler.Message, argument string, r handler.Responder) error {
		path := withoutAddress(argument)
		return answerDocs(ctx, m, r, path, noPackage(path))
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
		path := strings.TrimPrefix(withoutAddress(argument), "github.com/")
		if owner, repo, _ := strings.Cut(path, "/"); owner == "" || repo == "" || strings.Contains(owner, ".") {
			path = ""
		} else {
			path = "github.com/" + path
		}
		return answerDocs(ctx, m, r, path, "I need an owner and a repository, such as `ghd/gobridge/gopherbot`.")
	},
}

// answerDocs links the documentation at path, or at those that it may be short for. Without a
// path it says what is wrong, only to the author, and only if they spoke to the bot: any
// message may begin with "d/".
func answerDocs(ctx context.Context, m handler.Message, r handler.Responder, path, wrong string) error {
	switch urls := docsURLs(path); {
	case len(urls) == 1:
		return r.Reply(ctx, handler.Reply{Text: "<" + urls[0] + ">", MentionUsers: true})
	case len(urls) > 1:
		for i, address := range urls {
			urls[i] = "<" + address + "|" + strings.TrimPrefix(address, docsHost) + ">"
		}
		return r.Reply(ctx, handler.Reply{Text: "That's the name of several packages: " + strings.Join(urls, ", "), MentionUsers: true})
	case m.Addressed():
		return r.ReplyEphemeral(ctx, handler.Text(wrong))
	default:
		return nil
	}
}

// noPackage says that there is no package of a name.
func noPackage(path string) string {
	const want = "the whole import path, such as `d/golang.org/x/sync/errgroup`."
	if path = trimmed(path); !isPackage(path) {
		return "I need an import path, such as `d/net/http`."
	}
	return "The standard library has no package `" + path + "`. <https://pkg.go.dev/search?q=" + url.QueryEscape(path) + "|pkg.go.dev> may know others of that name; I need " + want
}

// packagePattern is an import path, maybe a version, and maybe an identifier.
// Nothing in it means anything in a URL or in Slack's markup.
var packagePattern = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._~+-]*(/[A-Za-z0-9_~+-][A-Za-z0-9._~+-]*)*(@[A-Za-z0-9][A-Za-z0-9.+-]*)?(#[A-Za-z_][A-Za-z0-9_.-]*)?$`)

// maxPackagePath bounds a path, in bytes. There are no import paths nearly as
// long.
const maxPackagePath = 300

// hyphens are characters that some programs write for a hyphen.
var hyphens = strings.NewReplacer("‐", "-", "‑", "-", "–", "-")

// docsHost is before the path of a package in the address of its documentation.
const docsHost = "https://pkg.go.dev/"

// docsURLs returns the addresses of the documentation of the packages that a path means: none
// for a text that is no import path or leads nowhere, several for an ambiguous name.
func docsURLs(path string) []string {
	if path = trimmed(path); !isPackage(path) {
		return nil
	}
	var urls []string
	for _, path := range complete(path) {
		urls = append(urls, docsHost+path)
	}
	return urls
}

// trimmed returns a path without the end of a sentence, and with plain hyphens.
func trimmed(path string) string { return hyphens.Replace(strings.TrimRight(path, ".?!,;…/")) }

func isPackage(path string) bool {
	return len(path) <= maxPackagePath && packagePattern().MatchString(path)
}
