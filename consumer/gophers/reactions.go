package gophers

import "github.com/gobridge/gopherbot/handler"

var reactions = []handler.Declaration{
	handler.Reaction{Words: []string{"bbq"}, Emoji: []string{"bbqgopher"}},
	handler.Reaction{Words: []string{"ghost"}, Emoji: []string{"ghost"}},
	handler.Reaction{Words: []string{"spacex"}, Emoji: []string{"rocket"}},
	handler.Reaction{Words: []string{"buffalo", "gobuffalo"}, Emoji: []string{"gobuffalo"}},
	handler.Reaction{Words: []string{"my adorable little gophers"}, Emoji: []string{"gopher"}},
	handler.Reaction{Words: []string{"dragon", "dargon", "ermergerd", "ermahgerd"}, Emoji: []string{"dragon"}},
}
