package gophers

import "github.com/gobridge/gopherbot/handler"

// reactions are emoji for words. Some emoji are the workspace's own, such as :gopher:.
var reactions = []handler.Declaration{
	handler.Reaction{
		Words: []string{"bbq"}, Emoji: []string{"bbqgopher"},
		Examples: []handler.Example{{Say: "who brings the BBQ?", Want: ":bbqgopher:"}},
	},
	handler.Reaction{
		Words: []string{"ghost"}, Emoji: []string{"ghost"},
		Examples: []handler.Example{{Say: "I saw a ghost", Want: ":ghost:"}},
	},
	handler.Reaction{
		Words: []string{"spacex"}, Emoji: []string{"rocket"},
		Examples: []handler.Example{{Say: "SpaceX launches tonight", Want: ":rocket:"}},
	},
	handler.Reaction{
		Words: []string{"buffalo", "gobuffalo"}, Emoji: []string{"gobuffalo"},
		Examples: []handler.Example{{Say: "we use gobuffalo", Want: ":gobuffalo:"}},
	},
	handler.Reaction{
		Words: []string{"spacemacs"}, Emoji: []string{"spacemacs"},
		Examples: []handler.Example{{Say: "spacemacs has a Go layer", Want: ":spacemacs:"}},
	},
	handler.Reaction{
		Words: []string{"my adorable little gophers"}, Emoji: []string{"gopher"},
		Examples: []handler.Example{{Say: "good morning, my adorable little gophers!", Want: ":gopher:"}},
	},
	handler.Reaction{
		Words: []string{"dragon", "dargon", "ermergerd", "ermahgerd"}, Emoji: []string{"dragon"},
		Examples: []handler.Example{{Say: "here be a dragon", Want: ":dragon:"}},
	},
	handler.Reaction{
		Words: []string{"rubberduck", "rubber duck", "rubber-duck"}, Emoji: []string{"rubberduck"},
		Examples: []handler.Example{{Say: "be my rubber duck", Want: ":rubberduck:"}},
	},
	handler.Reaction{
		Words: []string{"beer me"}, Emoji: []string{"beer", "beers"},
		Examples: []handler.Example{{Say: "beer me", Want: ":beers:"}},
	},
	handler.Reaction{
		Words: []string{"thank", "thanks", "cheers", "hello"}, Emoji: []string{"gopher"}, Mentioned: true,
		Examples: []handler.Example{{Say: "thank you", Want: ":gopher:"}},
	},
	handler.Reaction{
		Words: []string{"wave"}, Emoji: []string{"wave", "gopher"}, Mentioned: true,
		Examples: []handler.Example{{Say: "wave", Want: ":wave:"}},
	},
	handler.Reaction{
		Words: []string{"vim"}, Emoji: []string{"emacs"}, OneIn: editorWar,
		Examples: []handler.Example{{Say: "how do I leave vim?", Want: ":emacs:"}},
	},
	handler.Reaction{
		Words: []string{"emacs"}, Emoji: []string{"vim"}, OneIn: editorWar,
		Examples: []handler.Example{{Say: "emacs has a good gopls mode", Want: ":vim:"}},
	},
}

// editorWar is of how many mentions of an editor one is answered with the
// other: few enough for it to be a surprise.
const editorWar = 100
