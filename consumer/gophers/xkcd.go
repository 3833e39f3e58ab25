package gophers

import (
	"context"
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

var xkcd = handler.Prefix{
	Prefix:    "xkcd:",
	Argument:  "number",
	Arguments: comicArguments(),
	Help:      "links a comic, by its number or by name: `ballmer`, `compiling`, `optimization` or `standards`",
	Examples: []handler.Example{
		{Say: "xkcd:1319", Want: "^<https://xkcd.com/1319/>$"},
		{Say: "xkcd: standards", Want: "^<https://xkcd.com/927/>$"},
		{Say: "xkcd:compiling", Want: "^<https://xkcd.com/303/>$"},
		{Say: "xkcd:ballmer", Want: "^<https://xkcd.com/323/>$"},
		{Say: "xkcd:optimization", Want: "^<https://xkcd.com/1691/>$"},
	},
	Run: func(ctx context.Context, _ handler.Message, argument string, r handler.Responder) error {
		switch n := comic(argument); n {
		case 0:
			return r.ReplyEphemeral(ctx, handler.Text("Which comic? I need its number, as in `xkcd:303`, or one of `"+strings.Join(comicNames, "`, `")+"`."))
		case 404:
			return r.Reply(ctx, handler.Text("404: comic not found. There really isn't one with that number. That's the joke."))
		default:
			return r.Reply(ctx, handler.Reply{Text: "<https://xkcd.com/" + strconv.Itoa(n) + "/>", Unfurl: true, MentionUsers: true})
		}
	},
}

// comic returns the number of the comic that was asked for, 0 if it is none.
func comic(argument string) int {
	argument = strings.ToLower(strings.TrimRight(argument, " .?!,;…"))
	if n, ok := comics[argument]; ok {
		return n
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(argument, "#"), 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}
