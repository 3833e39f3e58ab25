package gophers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gobridge/gopherbot/handler"
)

// comics are those that programmers call by a name.
var comics = map[string]int{
	"compiling":    303,
	"ballmer":      323,
	"standards":    927,
	"optimization": 1691,
}

var comicNames = slices.Sorted(maps.Keys(comics))

func comicArguments() []handler.Argument {
	var list []handler.Argument
	for _, name := range comicNames {
		list = append(list, handler.Argument{Name: name})
	}
	return list
}

// Comics knows which comics there are.
type Comics interface {
	// Newest returns the number of the newest comic.
	Newest(ctx context.Context) (int, error)
}

const (
	// published is a number up to which there is a comic of each, but for the missing one.
	// It saves a request for most links.
	published = 3000
	missing   = 404
)

// comicLinks links comics. If it can't find out whether there is one of a number, it links it.
func comicLinks(comics Comics) handler.Prefix {
	return handler.Prefix{
		Prefix:    "xkcd:",
		Argument:  "number",
		Arguments: comicArguments(),
		Help:      comicHelp,
		Examples: []handler.Example{
			{Say: "xkcd:1319", Want: "^<https://xkcd.com/1319/>$"},
			{Say: "xkcd: standards", Want: "^<https://xkcd.com/927/>$"},
			{Say: "xkcd:compiling", Want: "^<https://xkcd.com/303/>$"},
			{Say: "xkcd:ballmer", Want: "^<https://xkcd.com/323/>$"},
			{Say: "xkcd:optimization", Want: "^<https://xkcd.com/1691/>$"},
		},
		Run: func(ctx context.Context, _ handler.Message, argument string, r handler.Responder) error {
			n := comic(argument)
			switch {
			case n == 0:
				return r.ReplyEphemeral(ctx, handler.Text("Which comic? I need its number, as in `xkcd:303`, or one of `"+strings.Join(comicNames, "`, `")+"`."))
			case n == missing:
				return r.Reply(ctx, handler.Text("404: comic not found. There really isn't one with that number. That's the joke."))
			case n > published && comics != nil:
				if newest, err := comics.Newest(ctx); err == nil && n > newest {
					return r.Reply(ctx, handler.Text(fmt.Sprintf("There's no comic %d yet: the newest is <https://xkcd.com/%d/|%d>.", n, newest, newest)))
				}
			}
			return r.Reply(ctx, handler.Reply{Text: "<https://xkcd.com/" + strconv.Itoa(n) + "/>", Unfurl: true, MentionUsers: true})
		},
	}
}

const comicHelp = "links a comic, by its number or by name: `ballmer`, `compiling`, `optimization` or `standards`"

// comic returns the number of the comic that was asked for, 0 if it is none.
func comic(argument string) int {
	argument = strings.ToLower(strings.TrimRight(argument, " .?!,;…"))
	if n, ok := comics[argument]; ok {
		return n
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(argument, "#"), 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}
