package gophers

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

// The kinds of answers to what people say.
const (
	answer  = "answer"
	offer   = "offer"   // of what was perhaps meant
	unknown = "unknown" // an honest "I don't know"
	safe    = "safety"  // whom to turn to, and no guess
)

// said is what must happen to a text in a direct message: one of the kinds, separated by
// bars, and for an answer a text that matches.
type said struct{ kinds, matches string }

const (
	greeted   = `^Hi there!`
	thanked   = `^You're welcome`
	begun     = `Here's where to start`
	aboutBot  = `^I'm the gophers' bot`
	installed = `go\.dev/dl`
	edited    = `gopls`
	worked    = `#jobs`
	watched   = `Cup o' Go`
	helped    = `^\*Mention me`
	posted    = `three backticks`
	flipped   = `^(heads|tails)$`
)

// inDMs is for each line of testdata/said-in-a-dm.txt. The odd lines were used to tune the
// search, the even ones to check it.
var inDMs = map[string]said{
	"hi": {answer, greeted}, "hey": {answer, greeted}, "hey gopher": {answer, greeted}, "good morning": {answer, greeted},
	"what can you do?": {answer, aboutBot}, "what can you do": {answer, aboutBot}, "who are you": {answer, aboutBot}, "how are you?": {answer, "I'm fine"},
	"install": {answer, installed}, "install go": {answer, installed}, "how do I install go": {answer, installed}, "download": {answer, installed},
	"ide": {answer, edited}, "editor": {answer, edited}, "vscode": {answer, edited}, "web framework": {answer, "net/http"}, "gin": {answer + "|" + offer, "(?i)gin|web"},
	"docker": {answer, "container"}, "concurrency": {answer, `^\*concurrency\*`}, "goroutines": {answer, `^\*goroutine\*`}, "what is a goroutine?": {answer, `^\*goroutine\*`},
	"what's a slice": {answer, `^\*slice\*`}, "explain channels": {answer, `^\*channel\*`}, "jobs": {answer, worked}, "job": {answer, worked}, "hiring": {answer, worked},
	"post a job": {answer, worked}, "podcast": {answer, watched}, "videos": {answer, watched}, "json": {answer, `^\*JSON\*`}, "logging": {answer, "slog"}, "config": {answer, "os.Getenv"},
	"thank u": {answer, thanked}, "ty": {answer, thanked}, "thx": {answer, thanked}, "thanks a lot": {answer, thanked}, "good bot": {answer, thanked}, "bad bot": {answer, "^Sorry"},
	"bot": {answer, aboutBot}, "ping": {answer, "I'm here"}, "test": {answer, "go test"}, "joke": {unknown, ""},
	"code formatting": {answer, "gofmt"}, "how to format code": {answer, "gofmt"}, "format code": {answer, "gofmt"}, "code": {answer, posted}, "paste": {answer, posted},
	"nil": {answer, `^\*nil\*`}, "interface": {answer, `^\*interface\*`}, "define interface": {answer, `^\*interface\*`}, "define interfaces?": {answer, `^\*interface\*`},
	"what does defer do": {answer, `^\*defer\*`}, "learn": {answer, begun}, "tutorial": {answer, begun}, "tutorials": {answer, begun}, "resources": {answer, begun},
	"beginner": {answer, begun}, "beginners": {answer, begun}, "course": {answer, begun}, "courses": {answer, begun}, "resouces": {answer, begun}, "newbie resorces": {answer, begun},
	"goplay": {answer, "go.dev/play"}, "go play": {answer, "go.dev/play"}, "heads or tails": {answer, flipped}, "flip": {answer + "|" + offer, "heads|tails|flip a coin"},
	"flip a coin please": {answer, flipped}, "please flip a coin": {answer, flipped}, "roll a dice": {unknown, ""}, "weather": {unknown, ""},
	"help me": {answer, helped}, "help!": {answer, helped}, "help please": {answer, helped}, "HELP": {answer, helped}, "Help?": {answer, helped}, "commands?": {answer, helped},
	"coc?": {answer, "go.dev/conduct"}, "Code of Conduct.": {answer, "go.dev/conduct"}, "rules": {safe, ""}, "admin": {safe, ""}, "admins": {safe, ""}, "report": {safe, ""}, "spam": {safe, ""},
	"off topic": {unknown + "|" + answer, "#random"}, "time": {offer + "|" + answer, "time"}, "timezone": {unknown + "|" + answer + "|" + offer, "(?i)time"}, "version?": {answer, "go version"},
	"gophers": {answer, aboutBot}, "error": {answer, "(?i)error"}, "err": {unknown + "|" + answer + "|" + offer, "(?i)error"}, "panic": {answer, `^\*panic\*`}, "mutex": {answer, `^\*mutex\*`},
	"map": {answer, `^\*map\*`}, "maps": {answer, `^\*map\*`}, "strings": {answer, "string"}, "pointer": {answer, "(?i)pointer"}, "generics?": {answer, "type parameters"},
	"enums": {answer, `^\*enum\*`}, "enum": {answer, `^\*enum\*`}, "linter": {answer, `^\*linter\*`}, "lint": {answer, `^\*linter\*`}, "golangci-lint": {answer, `^\*golangci-lint\*`},
	"orm": {answer, `^\*ORM\*`}, "gorm": {answer, "(?i)gorm"}, "kubernetes": {answer, `^\*Kubernetes\*`}, "hello world": {answer, "(?i)hi there|hello"},
	"xkcd": {answer, "Which comic"}, "xkcd 303": {answer, "xkcd.com/303/"}, "d/": {answer, "d/net/http"}, "d/http": {answer, "pkg.go.dev/"}, "ghd/gorilla/mux": {answer, "gorilla/mux"},
	"ghd/": {answer, "an owner and a repository"}, "define": {answer, "Say `define`"}, "define ": {answer, "Say `define`"},
}

// inOtherWords are phrases of the same kinds that are not in the list.
var inOtherWords = map[string]said{
	"howdy": {answer, greeted}, "good evening everyone": {answer, greeted}, "Hey, how are you doing?": {answer, greeted}, "yo gopher": {answer, greeted},
	"thanks, that helped": {answer, thanked}, "thank you so much!": {answer, thanked}, "cool, thanks bot": {answer, thanked}, "are you a robot": {answer, aboutBot},
	"whats a goroutine": {answer, `^\*goroutine\*`}, "hi, what is a goroutine?": {answer, `^\*goroutine\*`}, "what does nil mean": {answer, `^\*nil\*`}, "explain interfaces please": {answer, `^\*interface\*`},
	"can you explain what a mutex is": {answer, `^\*mutex\*`}, "tell me about garbage collection": {answer, `^\*garbage collector\*`}, "what is k8s": {answer, `^\*Kubernetes\*`},
	"import cycle not allowed": {answer, `^\*import cycle\*`}, "when should i use channels": {answer, `^\*channel\*`}, "how to use docker with go": {answer, "container"}, "what is :=": {answer, ":="},
	"goroutin": {answer, `^\*goroutine\*`}, "gorutines": {answer, `^\*goroutine\*`}, "defnie slice": {answer, `^\*slice\*`}, "wat is a strcut": {answer, `^\*struct\*`}, "contxt": {answer, "context"},
	"where can I learn go": {answer, begun}, "i'm a beginner": {answer, begun}, "I'm new here": {answer, begun}, "where can I find a job": {answer, worked}, "can i post a job offer here": {answer, worked},
	"which editor should i use": {answer, edited}, "best web framework for go": {answer, "net/http"}, "how do i upgrade go": {answer, installed}, "what version of go is the latest": {answer, "go version"},
	"how do i invite someone": {answer, "invite"}, "where is the source code": {answer, "github.com"}, "where do I report a bug": {answer, "github.com"}, "profling": {answer, "Measure"},
	"what book should I read": {offer + "|" + answer, "books"}, "how do I handle errors?": {offer + "|" + answer, "error"}, "how to parse json": {offer + "|" + answer, "JSON"},
	"my code doesn't work": {offer + "|" + answer, "doesn't work|smallest program"}, "why is my program so slow": {offer + "|" + answer, "profiling"}, "sort a slice": {offer + "|" + answer, "slice"},
	"invite my friend": {offer + "|" + answer, "invite"}, "how to structure my project": {offer + "|" + answer, "project|module"},
	"someone is harassing me": {safe, ""}, "somebody is being really rude": {safe, ""}, "somebody sent me a creepy message": {safe, ""}, "how do I report a user": {safe, ""}, "who are the moderators?": {safe, ""},
	"i want to talk to an admin": {safe, ""}, "what are the rules here?": {safe, ""}, "I was insulted in #general": {safe, ""}, "abuse": {safe, ""}, "harassment": {safe, ""},
	"tell me a joke": {unknown, ""}, "what's the weather like": {unknown, ""}, "how old are you": {unknown, ""}, "what is the meaning of life": {unknown, ""}, "lol": {unknown, ""}, "asdfgh": {unknown, ""},
	"https://example.com": {unknown, ""}, "???": {answer, aboutBot}, "what is a zebra": {unknown, ""}, "reprot": {safe, ""}, "abbuse": {unknown, ""},
}

// TestSaid_InADirectMessage says each line of the list of plausible things, and others, in a
// direct message. Each gets one post, of the expected kind.
func TestSaid_InADirectMessage(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("testdata/said-in-a-dm.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := everything(t)
	rows := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	if len(rows) != 114 {
		t.Errorf("%d lines, want 114", len(rows))
	}
	var right [2]int // of the even lines, and of the odd ones
	for i, row := range rows {
		want, ok := inDMs[row]
		if !ok {
			t.Errorf("line %d, %q, is not in the table", i+1, row)
		} else if checkSaid(t, r, row, want) {
			right[(i+1)%2]++
		}
	}
	t.Logf("right: %d of %d odd lines, %d of %d even ones", right[1], (len(rows)+1)/2, right[0], len(rows)/2)
	for row, want := range inOtherWords {
		checkSaid(t, r, row, want)
	}
}

func checkSaid(t *testing.T, r *handler.Registry, text string, want said) bool {
	t.Helper()
	m := handler.Message{Text: text, Channel: handler.Channel{ID: "D1", Kind: handler.Direct}}
	did := handlertest.Send(t, r, m)
	posts := append(did.Replies, did.Ephemerals...)
	if len(posts) != 1 {
		t.Errorf("%q: %d posts, want 1:\n%s", text, len(posts), did)
		return false
	}
	got := kindOfAnswer(r.Message(m))
	ok := strings.Contains("|"+want.kinds+"|", "|"+got+"|")
	if got == answer || got == offer {
		ok = ok && regexp.MustCompile(want.matches).MatchString(posts[0].Text)
	}
	if !ok {
		t.Errorf("%q: %s, want %s with %q:\n%s", text, got, want.kinds, want.matches, did)
	}
	return ok
}

func kindOfAnswer(matches []handler.Match) string {
	switch matches[len(matches)-1].Name {
	case `command "admins"`:
		return safe
	case "did you mean":
		return offer
	case "no answer":
		return unknown
	default:
		return answer
	}
}

// TestSaid_InAChannel mentions the bot: it reacts to greetings, tells nobody but the author
// that it does not know, and answers questions for all.
func TestSaid_InAChannel(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for say, want := range map[string]string{
		"hi":                      `^reaction: wave$`,
		"thanks a lot":            `^reaction: gopher$`,
		"":                        `^ephemeral: I'm the gophers' bot`,
		"what is a goroutine?":    `^reply: \*goroutine\*`,
		"somebody is rude to me":  `^ephemeral: Is somebody rude`,
		"weather":                 `^ephemeral: I don't know that one, sorry\. .*#newbies\. Say .help. to see what I can do\.$`,
		"coin":                    "^ephemeral: Did you mean `flip a coin`\\?$",
		"thanks, what is a slice": `^reaction: gopher\nreply: \*slice\*`,
		"I brought the BBQ":       `^reaction: bbqgopher$`,
	} {
		if got := handlertest.Mention(t, r, say).String(); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%q: %s, want %s", say, got, want)
		}
		if got := handlertest.SayInChannel(t, r, say).String(); strings.Contains(got, "ephemeral") || strings.Contains(got, "reply") {
			t.Errorf("%q, said to nobody: %s", say, got)
		}
	}
}

// TestSaid_Offers presses the button below an offer.
func TestSaid_Offers(t *testing.T) {
	t.Parallel()
	r := everything(t)
	buttons := handlertest.Say(t, r, "coin").Replies[0].Components
	if len(buttons) != 1 || buttons[0].Label != "flip a coin" {
		t.Fatalf("%+v", buttons)
	}
	pressed := handlertest.Action(t, r, buttons[0].ID, handler.Interaction{Data: buttons[0].Data})
	if len(pressed.Replies) != 1 || !regexp.MustCompile(flipped).MatchString(pressed.Replies[0].Text) {
		t.Errorf("%s", pressed)
	}
}
