package gophers

import (
	"context"
	"errors"
	"go/format"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

func registry(t *testing.T, deps Deps) *handler.Registry {
	t.Helper()
	r, err := Registry(deps)
	if err != nil {
		t.Fatalf("the list of declarations has mistakes:\n%v", err)
	}
	return r
}

func everything(t *testing.T) *handler.Registry {
	t.Helper()
	return registry(t, Deps{Playground: Playground{Sharer: &shelf{}}, Suggestions: "suggestions", Reports: "C0REPORTS"})
}

func TestRegistry_Examples(t *testing.T) { handlertest.Examples(t, everything(t)) }

// TestRegistry_EveryDeclarationHasAnExample holds the table that TestRegistry_Examples runs to be
// complete: help is of no use without one, and neither is the table. What people press or
// fill in has no examples.
func TestRegistry_EveryDeclarationHasAnExample(t *testing.T) {
	t.Parallel()
	for _, e := range everything(t).Infos() {
		if len(e.Examples) == 0 && (e.OfMessages() || e.Kind == handler.SlashInfo) {
			t.Errorf("%s has no Example", e.Name)
		}
	}
}

// TestRegistry_EveryTriggerAnswers says each to the bot: the answer to an alias
// is that of its command, though it may be another each time, as a coin's is.
func TestRegistry_EveryTriggerAnswers(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for _, e := range r.Infos() {
		if e.Kind != handler.CommandInfo {
			continue
		}
		for _, said := range append([]string{e.Trigger}, e.Aliases...) {
			said = strings.ToUpper(said) + "?"
			var names []string
			for _, action := range r.Message(handler.Message{Text: said, Mentioned: true}) {
				if !strings.HasPrefix(action.Name, "reaction ") {
					names = append(names, action.Name)
				}
			}
			if !slices.Equal(names, []string{e.Name}) {
				t.Errorf("%q: %q answer, want %s alone", said, names, e.Name)
			}
			if heard := handlertest.Mention(t, r, said); heard.String() == "" {
				t.Errorf("%q: %s does nothing: want a reply, a direct message or a reaction", said, e.Name)
			}
		}
	}
}

// text returns the bot's posts, to all or to one.
func text(h handlertest.Result) string {
	var all []string
	for _, reply := range slices.Concat(h.Replies, h.Ephemerals, h.DMs) {
		all = append(all, reply.Text)
	}
	return lines(all...)
}

// established are the triggers of the community's bot from before this one.
var established = map[string][]string{
	"flip a coin":          {"flip coin", "coin flip"},
	"newbie resources":     nil,
	"recommended channels": {"channels"},
	"help":                 {"commands"},
	"recommended":          {"recommended blogs"},
	"books":                nil,
	"oss help wanted":      {"help wanted", "oss help"},
	"work with forks":      {"working with forks"},
	"block forever":        {"how to block forever"},
	"http timeouts":        nil,
	"slices":               {"slice internals"},
	"database tutorial":    {"databases"},
	"empty struct":         {"zero struct", "struct{}"},
	"project layout":       {"project structure", "package layout", "package structure"},
	"go challenges":        {"challenges", "challenge"},
	"idiomatic go":         nil,
	"invite link":          {"invite", "slack invite", "workspace invite"},
	"avoid gotchas":        {"gotchas"},
	"source code":          {"source"},
	"dependency injection": {"di"},
	"pointer performance":  nil,
	"gopath":               {"gopath problem", "issue with gopath", "help with gopath"},
	"playground":           {"go playground", "goplay", "goplay space"},
	"code of conduct":      {"coc"},
	"screenshots":          {"screenshot"},
	"go tour":              {"tour"},
	"doesn't work":         {"more context", "doesnt work", "doesntwork", "doesn’t work"},
	"ask":                  {"don't ask", "dont ask", "dontask", "just ask", "justask", "don’t ask"},
	"crosspost":            {"xpost"},
	"fyne books":           nil,
	"fyne tour":            nil,
	"fyne compile":         {"fyne cgo", "fyne windows"},
	"fyne docs":            {"fyne doc"},
	"fyne layouts":         {"fyne layout"},
	"fyne sizes":           {"fyne size"},
	"fyne theme":           {"fyne themes", "fyne style", "fyne styles"},
}

func TestRegistry_FamiliarTriggersAnswer(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for trigger, aliases := range established {
		for _, say := range append(aliases, trigger) {
			actions := r.Message(handler.Message{Text: say, Mentioned: true})
			if want := `command "` + trigger + `"`; len(actions) == 0 || actions[0].Name != want {
				t.Errorf("%q: %+v, want %s", say, actions, want)
			}
		}
	}
}

func TestCoin_HasTwoSides(t *testing.T) {
	t.Parallel()
	if side(0) != "heads" || side(1) != "tails" {
		t.Error(side(0), side(1))
	}
}

// official are the sites that texts may link: those of the Go project, and of
// the projects, books and people that a text is about.
var official = []string{
	"go.dev", "pkg.go.dev", "groups.google.com", "google.github.io", "github.com", "go-proverbs.github.io",
	"gobyexample.com", "quii.gitbook.io", "exercism.org", "gophercises.com", "adventofcode.com", "protohackers.com", "fly.io",
	"www.gopl.io", "www.oreilly.com", "100go.co", "lets-go.alexedwards.net", "www.packtpub.com",
	"research.swtch.com", "dave.cheney.net", "eli.thegreenplace.net", "www.alexedwards.net", "www.ardanlabs.com", "words.filippo.io", "golangweekly.com",
	"staticcheck.dev", "sqlc.dev", "blog.cloudflare.com", "docs.fyne.io", "code.visualstudio.com", "www.jetbrains.com", "www.youtube.com", "cupogo.dev", "invite.slack.golangbridge.org", "xkcd.com",
}

// TestTexts_AreWellFormed looks over everything that the bot says by itself.
func TestTexts_AreWellFormed(t *testing.T) {
	t.Parallel()
	reference := regexp.MustCompile(`<(https://[^<>|\s]+)(\|[^<>|\n]+)?>`)
	r := everything(t)
	var texts []string
	for _, e := range r.Infos() {
		if e.Kind == handler.CommandInfo && e.Trigger != "help" {
			texts = append(texts, text(handlertest.Say(t, r, e.Trigger)))
		}
	}
	texts = append(texts, tip, text(handlertest.JoinWorkspace(t, r)), text(handlertest.JoinChannel(t, r, "newbies")))
	for _, said := range texts {
		for _, hit := range reference.FindAllStringSubmatch(said, -1) {
			address, err := url.Parse(strings.ReplaceAll(hit[1], "&amp;", "&"))
			if err != nil {
				t.Errorf("a link to %s, which is no address (%v), in:\n%s", hit[1], err, said)
			} else if address.Scheme == "https" && !slices.Contains(official, address.Host) {
				t.Errorf("a link to %s: link an official site instead, or add %q to the list official in this file, in:\n%s", hit[1], address.Host, said)
			}
		}
		rest := reference.ReplaceAllString(said, "")
		if strings.ContainsAny(rest, "<>") || strings.Contains(strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(said), "&") {
			t.Errorf("want &amp;, &lt; and &gt; for &, < and >, and links written <https://address|text>, in:\n%s", said)
		}
		if n := strings.Count(said, "```"); n%2 != 0 {
			t.Errorf("%d fences, in:\n%s", n, said)
		}
		for line := range strings.Lines(regexp.MustCompile("(?s)```.*?```").ReplaceAllString(rest, "")) {
			if strings.Count(line, "`")%2 != 0 || strings.Count(regexp.MustCompile("`[^`]*`").ReplaceAllString(line, ""), "*")%2 != 0 {
				t.Errorf("unpaired marks in: %s", line)
			}
		}
		// Slack advises against more than 4,000 characters; a screen has room for fewer.
		if n := len([]rune(reference.ReplaceAllString(said, ""))); n > 2000 {
			t.Errorf("%d characters are too many to read, in:\n%s", n, said)
		}
	}
}

// TestTexts_CodeIsGo parses the blocks of code in texts and holds them to
// gofmt's format.
func TestTexts_CodeIsGo(t *testing.T) {
	t.Parallel()
	r := everything(t)
	blocks := regexp.MustCompile("(?s)```\n(.*?)\n```")
	n := 0
	for _, e := range r.Infos() {
		if e.Kind != handler.CommandInfo {
			continue
		}
		for _, block := range blocks.FindAllStringSubmatch(text(handlertest.Say(t, r, e.Trigger)), -1) {
			code := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(block[1])
			if strings.HasPrefix(code, "go ") {
				continue // for a shell
			}
			n++
			formatted, err := format.Source([]byte(code))
			if err != nil {
				t.Errorf("%s: this code is not Go (%v); a block for a shell begins with \"go \":\n%s", e.Name, err, code)
			} else if string(formatted) != code {
				t.Errorf("%s: gofmt writes its code like this:\n%s", e.Name, formatted)
			}
		}
	}
	if n == 0 {
		t.Error("there is no code in any text")
	}
}

func TestChannels_AreNamed(t *testing.T) {
	t.Parallel()
	heard := handlertest.Say(t, everything(t), "channels")
	if !strings.Contains(text(heard), "\n• #newbies – ask anything about Go; first questions are very welcome\n") || !heard.Replies[0].MentionUsers {
		t.Errorf("%+v", heard)
	}
}

func TestWelcomes_NameTheirChannels(t *testing.T) {
	t.Parallel()
	r := everything(t)
	if h := handlertest.JoinWorkspace(t, r); len(h.DMs) != 1 || !strings.Contains(h.DMs[0].Text, "Ask in #newbies.") {
		t.Errorf("workspace: %+v", h)
	}
	if h := handlertest.JoinChannel(t, r, "newbies"); len(h.Ephemerals) != 1 || !strings.HasPrefix(h.Ephemerals[0].Text, "Welcome to #newbies!") {
		t.Errorf("#newbies: %+v", h)
	}
	if h := handlertest.JoinChannel(t, r, "general"); len(h.Ephemerals)+len(h.DMs)+len(h.Replies) > 0 {
		t.Errorf("#general: %+v", h)
	}
}

func TestReactions(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for say, want := range map[string][]string{
		"who brings the BBQ?":             {"bbqgopher"},
		"GoBuffalo":                       {"gobuffalo"},
		"ermahgerd, a dragon and a ghost": {"ghost", "dragon"},
		"rubber-duck":                     {"rubberduck"},
		"Beer me!":                        {"beer", "beers"},
		"thanks, hello, cheers":           nil, // to somebody else
		"wave":                            nil,
		"ghostwriter":                     nil,
		"vimeo and emacsclient":           nil,
	} {
		if heard := handlertest.SayInChannel(t, r, say); !slices.Equal(heard.Reactions, want) || len(heard.Replies) > 0 {
			t.Errorf("%q: %+v, want %q", say, heard, want)
		}
	}
	if heard := handlertest.Mention(t, r, "Thank you"); !slices.Equal(heard.Reactions, []string{"gopher"}) {
		t.Errorf("thanked: %+v", heard)
	}
	if heard := handlertest.Mention(t, r, "wave"); !slices.Equal(heard.Reactions, []string{"wave", "gopher"}) {
		t.Errorf("waved at: %+v", heard)
	}
}

func TestReactions_EditorsAreRare(t *testing.T) {
	t.Parallel()
	r := everything(t)
	n := 0
	for i := range 1000 {
		heard := handlertest.Send(t, r, handler.Message{Text: "I use vim", ID: strconv.Itoa(i + 1)})
		n += len(heard.Reactions)
	}
	if n == 0 || n > 50 {
		t.Errorf("%d of 1000 messages are reacted to, want about %d", n, 1000/editorWar)
	}
}

func TestProverbs(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for say, want := range map[string]string{
		"The bigger the interface...":         "…the weaker the abstraction.",
		"Don’t communicate by sharing memory": "…share memory by communicating.",
		"As they say: don't communicate by sharing memory, share memory by communicating. Indeed!": "",
		"gofmt’s style is no one’s favorite, yet gofmt is everyone’s favorite":                     "",
		"Channels  orchestrate; mutexes\nserialize.":                                               "",
		"clear is betterment": "",
	} {
		if got := text(handlertest.SayInChannel(t, r, say)); got != want {
			t.Errorf("%q: %q, want %q", say, got, want)
		}
	}
}

func TestFlippedTables_ArePutBack(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for _, say := range []string{"(╯°□°)╯︵ ┻━┻", "(ノಠ益ಠ)ノ彡┻━┻", "it fails again ┻━━┻!!"} {
		if got := text(handlertest.SayInChannel(t, r, say)); got != flippedTables.Text {
			t.Errorf("%q: %q", say, got)
		}
	}
}

func TestPackages(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"fmt":                              "https://pkg.go.dev/fmt",
		"net/http#Client.Do":               "https://pkg.go.dev/net/http#Client.Do",
		"golang.org/x/tools/gopls@v0.20.0": "https://pkg.go.dev/golang.org/x/tools/gopls@v0.20.0",
		"gopkg.in/yaml.v3?":                "https://pkg.go.dev/gopkg.in/yaml.v3",
		"c":                                "",
		"":                                 "",
		"a b":                              "",
		"../secret":                        "",
		"a/../b":                           "",
		"a//b":                             "",
		"a?q=1":                            "",
		"a|b":                              "",
		"a>b":                              "",
		"<!channel>":                       "",
		"javascript:alert(1)":              "",
		"ümlaut":                           "",
		"a\nb":                             "",
		strings.Repeat("a/", maxPackagePath) + "a": "",
	} {
		if got := strings.Join(docsURLs(path), " "); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
	r := everything(t)
	for _, say := range []string{"d/<script>", "d/", "ghd/", "ghd//x", "ghd/gobridge", "d/your homework first", "d/<!channel>"} {
		if heard := handlertest.SayInChannel(t, r, say); text(heard) != "" {
			t.Errorf("%q, said to nobody: %+v", say, heard)
		}
		if heard := handlertest.Mention(t, r, say); len(heard.Replies) > 0 || len(heard.Ephemerals) != 1 || strings.Contains(text(heard), "<") {
			t.Errorf("%q, said to the bot: %+v", say, heard)
		}
	}
}

func TestComics(t *testing.T) {
	t.Parallel()
	for say, want := range map[string]int{
		"303": 303, "#303": 303, "compiling": 303, "Ballmer": 323, "standards.": 927, "optimization": 1691, "1": 1,
		"": 0, "0": 0, "-1": 0, "1e3": 0, "99999999999": 0, "pony": 0, "1/../x": 0,
	} {
		if got := comic(say); got != want {
			t.Errorf("%q: %d, want %d", say, got, want)
		}
	}
	r := everything(t)
	for say, want := range map[string]string{
		"xkcd:my favourite": "ephemeral: Which comic? I need its number",
		"xkcd:":             "ephemeral: Which comic? I need its number",
		"xkcd:404":          "reply: 404: comic not found.",
		"XKCD: Ballmer":     "reply: <https://xkcd.com/323/>",
	} {
		if heard := handlertest.SayInChannel(t, r, say); !strings.HasPrefix(heard.String(), want) {
			t.Errorf("%q: %s, want %q", say, heard, want)
		}
	}
	for _, name := range comicNames {
		if !strings.Contains(comicHelp, "`"+name+"`") {
			t.Errorf("help does not tell of %s", name)
		}
	}
}

// newest is the number of a newest comic, 0 if nobody can tell.
type newest int

func (n newest) Newest(context.Context) (int, error) {
	if n == 0 {
		return 0, errors.New("xkcd is down")
	}
	return int(n), nil
}

func TestComics_ThereAre(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		newest Comics
		say    string
		want   string
	}{
		{newest(3170), "xkcd:99999", "reply: There's no comic 99999 yet: the newest is <https://xkcd.com/3170/|3170>."},
		{newest(3170), "xkcd:3171", "reply: There's no comic 3171 yet: the newest is <https://xkcd.com/3170/|3170>."},
		{newest(3170), "xkcd:3170", "reply: <https://xkcd.com/3170/>"},
		{newest(0), "xkcd:99999", "reply: <https://xkcd.com/99999/>"},
		{nil, "xkcd:99999", "reply: <https://xkcd.com/99999/>"},
		{newest(100), "xkcd:303", "reply: <https://xkcd.com/303/>"}, // without a question
	} {
		if got := handlertest.SayInChannel(t, registry(t, Deps{Comics: test.newest}), test.say).String(); got != test.want {
			t.Errorf("%s with the newest %v: %s, want %s", test.say, test.newest, got, test.want)
		}
	}
}

func TestRegistry_ListsEveryDeclaration(t *testing.T) { handlertest.Listed(t) }
