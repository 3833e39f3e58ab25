package gophers

import "github.com/gobridge/gopherbot/handler"

var help = handler.Help{
	Trigger:  "help",
	Aliases:  []string{"commands"},
	Help:     "lists what I answer to",
	Examples: []handler.Example{{Say: "help", Want: "flip a coin"}},
	About: "I'm the gophers' bot: I explain words of Go (`define goroutine`), find documentation (`d/net/http`), and tell newcomers where to begin " +
		"(`newbie resources`). You can just ask me, too.",
	AskPeople: "Try other words, or ask people: no question is too small for #newbies.",
	Names:     []string{"gopher", "gopherbot", "bot"},
	Talk: []handler.Talk{
		{
			Phrases: []string{
				"hi", "hey", "hello", "hiya", "howdy", "yo", "greetings", "good morning", "good afternoon", "good evening", "good day", "morning", "hola", "salut", "hallo", "moin",
				"sup", "what's up", "whats up", "wave", "nice to meet you",
			},
			Text: "Hi there! I'm the gophers' bot. Ask me about a word of Go, or say `help` to see what I can do.", Emoji: "wave",
		},
		{
			Phrases: []string{"how are you", "how are you doing", "how's it going", "hows it going", "how do you do", "you ok", "are you there", "you there", "are you alive", "ping"},
			Text:    "I'm here, and I'm fine, thanks! What can I do for you? Say `help` to see what I know.", Emoji: "wave",
		},
		{
			Phrases: []string{
				"thanks", "thank you", "thank", "thank u", "thanx", "thx", "ty", "tysm", "cheers", "much appreciated", "appreciated", "merci", "danke", "gracias",
				"good bot", "nice bot", "great bot", "best bot", "well done", "good job", "nice work", "great work", "i love you", "you rock", "you're the best", "awesome",
			},
			Text: "You're welcome! I'm here whenever you need me.", Emoji: "gopher",
		},
		{
			Phrases: []string{"bad bot", "stupid bot", "dumb bot", "useless bot", "useless", "wrong", "that's wrong", "you're wrong", "shut up"},
			Text:    "Sorry about that! My texts are written by gophers like you, so <" + repository + "/issues|tell them> what went wrong, and they'll fix it.", Emoji: "bow",
		},
		{
			Phrases: []string{"bye", "goodbye", "good bye", "good night", "see you", "see ya", "cya"},
			Text:    "See you! Happy hacking.", Emoji: "wave",
		},
	},
	Home: true,
}

const repository = "https://github.com/gobridge/gopherbot"

var about = handler.Command{
	Trigger: "about you",
	Aliases: []string{
		"about", "who are you", "what are you", "what can you do", "what do you do", "what do you know", "are you a bot", "are you human", "what is this bot",
		"who made you", "your name", "how do you work",
	},
	Help:     "tells who I am",
	Examples: []handler.Example{{Say: "who are you?", Want: "bot"}},
	Text: lines(
		"I'm the gophers' bot. Here's what I can do for you:",
		"• explain more than a word or two of Go and its neighbourhood: `define goroutine`",
		"• find documentation: `d/net/http`, `ghd/gobridge/gopherbot`",
		"• tell you where to begin: `newbie resources`, `books`, `recommended channels`",
		"• put long code on the Go Playground, where everyone can run it",
		"Ask me in your own words, or say `help` for the whole list. I'm a program, written by gophers: say `source code` to see how I work.",
	),
}
