package gophers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
	"github.com/gobridge/gopherbot/internal/playground"
)

// shelf is a playground with addresses that count up.
type shelf struct {
	programs []string
	errs     []error // of the next uploads
}

func (s *shelf) Share(_ context.Context, source string) (string, error) {
	if len(s.errs) > 0 {
		err := s.errs[0]
		s.errs = s.errs[1:]
		return "", err
	}
	s.programs = append(s.programs, source)
	return fmt.Sprintf("https://play.example/p/%d", len(s.programs)), nil
}

// drawer has files, by their ids.
type drawer map[string]string

func (d drawer) ReadFile(_ context.Context, f handler.File, limit int64) ([]byte, error) {
	content, ok := d[f.ID]
	switch {
	case !ok:
		return nil, fmt.Errorf("read %s: %w", f.ID, fs.ErrNotExist)
	case content == "away":
		return nil, errors.New("away")
	case int64(len(content)) > limit:
		return nil, errors.New("too large")
	}
	return []byte(content), nil
}

// Describe tells that a pending file is a snippet of Go, unless its ID begins
// with an X: then it is a picture.
func (d drawer) Describe(_ context.Context, f handler.File) (handler.File, error) {
	switch content, ok := d[f.ID]; {
	case !ok:
		return handler.File{}, fmt.Errorf("describe %s: %w", f.ID, fs.ErrNotExist)
	case content == "away":
		return handler.File{}, errors.New("away")
	case f.ID[0] == 'X':
		return handler.File{ID: f.ID, Name: "Untitled", MIMEType: "image/png", Type: "png"}, nil
	}
	return handler.File{ID: f.ID, Name: "Untitled", MIMEType: "text/plain", Type: "go"}, nil
}

// workspace names channels by their ids.
type workspace struct{}

func (workspace) Name(_ context.Context, id string) (string, error) {
	if id == "CBROKEN" {
		return "", errors.New("away")
	}
	return map[string]string{"C1": "general", "CQUIET": "quiet"}[id], nil
}

// code is as much as is shared, and nothing more.
var code = "```x := []int{1}\n" + strings.Repeat("x = append(x, 2)\n", minCodeLines-1) + "```"

func TestLongCode_IsShared(t *testing.T) {
	t.Parallel()
	const goFile = "package main\n\nfunc main() {\n\tprintln(1)\n\tprintln(2)\n}\n"
	files := drawer{
		"F1": goFile, "F2": "x := 1\n2\n3\n4\n5\n6", "F3": "x := 1\n2\n3\n4\n5\n", "F4": goFile + "\x00", "F5": goFile + "\xff", "F6": "away", "X1": goFile,
	}
	file := func(id, name, mime string) handler.File {
		return handler.File{ID: id, Name: name, MIMEType: mime, Size: int64(len(files[id]))}
	}
	for _, test := range []struct {
		name    string
		message handler.Message
		want    int // programs
	}{
		{"code", handler.Message{Text: code}, 1},
		{"nine lines of code", handler.Message{Text: strings.Replace(code, "x = append(x, 2)\n", "", 1)}, 0},
		{"prose", handler.Message{Text: strings.Repeat("We should meet again.\n", 20)}, 0},
		{"in a direct message", handler.Message{Text: code, Channel: handler.Channel{ID: "D1", Kind: handler.Direct}}, 1},
		{"in a private channel", handler.Message{Text: code, Channel: handler.Channel{ID: "G1", Kind: handler.Private}}, 0},
		{"in a group", handler.Message{Text: code, Channel: handler.Channel{ID: "G1", Kind: handler.Group}}, 0},
		{"in a channel that is left alone", handler.Message{Text: code, Channel: handler.Channel{ID: "CQUIET", Kind: handler.Public}}, 0},
		{"opted out", handler.Message{Text: "NoLink, please\n" + code}, 0},
		{"opted out in a comment", handler.Message{Text: strings.Replace(code, "{1}", "{1} // nolink", 1)}, 0},
		{"not opted out", handler.Message{Text: "a nolinking linker\n" + code}, 1},
		{"too large", handler.Message{Text: "```x := 1\n" + strings.Repeat("y := \"yyyyyyyyyyyyyyyyyyyyyyyyyyy\"\n", 2000) + "```"}, 0},
		{"a Go file", handler.Message{Files: []handler.File{file("F1", "main.go", "application/octet-stream")}}, 1},
		{"a text file of Go", handler.Message{Files: []handler.File{file("F1", "Untitled", "text/plain")}}, 1},
		{"a text file of something else", handler.Message{Files: []handler.File{file("F2", "Untitled", "text/plain")}}, 0},
		{"a snippet with a dot in its title", handler.Message{Files: []handler.File{{ID: "F1", Name: "parser v1.2", MIMEType: "text/plain", Type: "go"}}}, 1},
		{"a file that the platform does not describe yet", handler.Message{Files: []handler.File{{ID: "F1", Pending: true}}}, 1},
		{"a picture that it does not describe yet", handler.Message{Files: []handler.File{{ID: "X1", Pending: true}}}, 0},
		{"a file that is gone before it is described", handler.Message{Files: []handler.File{{ID: "F9", Pending: true}}}, 0},
		{"a text file of five lines", handler.Message{Files: []handler.File{file("F3", "a.txt", "text/plain; charset=utf-8")}}, 0},
		{"another language", handler.Message{Files: []handler.File{file("F2", "main.py", "text/plain")}}, 0},
		{"a picture", handler.Message{Files: []handler.File{file("F2", "main", "image/png")}}, 0},
		{"binary", handler.Message{Files: []handler.File{file("F4", "a.txt", "text/plain"), file("F5", "b.go", "")}}, 0},
		{"opted out with a file", handler.Message{Text: "nolink", Files: []handler.File{file("F1", "main.go", "")}}, 0},
		{"a file that is gone", handler.Message{Files: []handler.File{file("F9", "main.go", "")}}, 0},
		{"a large file", handler.Message{Files: []handler.File{{ID: "F1", Name: "main.go", Size: playground.MaxSource + 1}}}, 0},
		{"code and files", handler.Message{Text: code, Files: []handler.File{file("F1", "<main>.go", ""), file("F9", "gone.go", "")}}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{}
			r := handlertest.Registry(t, longCode(Playground{Sharer: s, Files: files, Channels: workspace{}, Except: []string{"quiet"}}), remove)
			heard := handlertest.Send(t, r, test.message)
			if len(s.programs) != test.want {
				t.Fatalf("%d programs are shared, want %d: %q", len(s.programs), test.want, s.programs)
			}
			said := min(test.want, 1)
			if len(heard.Replies) != said || len(heard.Ephemerals) != said || len(heard.DMs)+len(heard.Reactions) > 0 {
				t.Fatalf("%+v", heard)
			}
			for i := range s.programs {
				if want := fmt.Sprintf("<https://play.example/p/%d>", i+1); !strings.Contains(heard.Replies[0].Text, want) {
					t.Errorf("%s is not linked: %s", want, heard.Replies[0].Text)
				}
			}
			if test.want == 2 && (!strings.Contains(heard.Replies[0].Text, "&lt;main&gt;.go") || s.programs[1] != goFile) {
				t.Errorf("%s\n%q", heard.Replies[0].Text, s.programs)
			}
		})
	}
}

func TestLongCode_ShadowModeSharesOnlyAddressed(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	r := handlertest.Registry(t, longCode(Playground{Sharer: s, OnlyAddressed: true}), remove)
	handlertest.SayInChannel(t, r, code)
	if len(s.programs) != 0 {
		t.Errorf("shared: %q", s.programs)
	}
	handlertest.Mention(t, r, code)
	if len(s.programs) != 1 {
		t.Errorf("not shared")
	}
}

func TestLongCode_UploadFails(t *testing.T) {
	t.Parallel()
	away, refused := errors.New("away"), fmt.Errorf("share: %w", &playground.RefusedError{Status: 403})
	file := handler.File{ID: "F1", Name: "main.go"}
	for _, test := range []struct {
		name      string
		message   handler.Message
		errs      []error
		fails     bool
		public    int
		ephemeral string
	}{
		{"away: the queue tries again", handler.Message{Text: code}, []error{away}, true, 0, ""},
		{"refused: its author gets a message", handler.Message{Text: code}, []error{refused}, false, 0, "didn't take it"},
		{"one of two is refused", handler.Message{Text: code, Files: []handler.File{file}}, []error{refused}, false, 1, "Next time"},
		{"one of two is away", handler.Message{Text: code, Files: []handler.File{file}}, []error{refused, away}, true, 0, ""},
		{"the file cannot be read", handler.Message{Files: []handler.File{{ID: "F2", Name: "main.go"}}}, nil, true, 0, ""},
		{"the file cannot be described", handler.Message{Files: []handler.File{{ID: "F2", Pending: true}}}, nil, true, 0, ""},
		{"the directory is away", handler.Message{Text: code, Channel: handler.Channel{ID: "CBROKEN"}}, nil, true, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := Playground{Sharer: &shelf{errs: test.errs}, Files: drawer{"F1": "1\n2\n3\n4\n5\n6", "F2": "away"}, Channels: workspace{}, Except: []string{"quiet"}}
			m := test.message
			m.Channel.Kind = handler.Public
			var ear ear
			actions := handlertest.Registry(t, longCode(p), remove).Message(m)
			if len(actions) != 1 {
				t.Fatalf("%d actions", len(actions))
			}
			err := actions[0].Run(t.Context(), &ear)
			if (err != nil) != test.fails || len(ear.replies) != test.public || !strings.Contains(lines(ear.ephemerals...), test.ephemeral) ||
				test.ephemeral == "" && len(ear.ephemerals) > 0 {
				t.Errorf("%v; %+v", err, ear)
			}
		})
	}
}

// TestLongCode_FailedTipDoesNotRepeatTheLink has the private tip fail, which comes
// before the public reply.
func TestLongCode_FailedTipDoesNotRepeatTheLink(t *testing.T) {
	t.Parallel()
	ear := ear{err: errors.New("away")}
	actions := handlertest.Registry(t, longCode(Playground{Sharer: &shelf{}}), remove).Message(handler.Message{Text: code})
	if err := actions[0].Run(t.Context(), &ear); !errors.Is(err, ear.err) || len(ear.replies) > 0 {
		t.Errorf("%v; %+v", err, ear)
	}
}

// ear is a Responder that records posts. Its private messages fail with err.
type ear struct {
	replies, ephemerals []string
	err                 error
}

func (*ear) React(context.Context, string) error { return errors.New("unused") }
func (e *ear) Reply(_ context.Context, r handler.Reply) error {
	e.replies = append(e.replies, r.Text)
	return nil
}
func (e *ear) ReplyEphemeral(_ context.Context, r handler.Reply) error {
	e.ephemerals = append(e.ephemerals, r.Text)
	return e.err
}
func (*ear) DM(context.Context, handler.Reply) error   { return errors.New("unused") }
func (*ear) Edit(context.Context, handler.Reply) error { return errors.New("unused") }
func (*ear) PostIn(context.Context, string, handler.Reply) error {
	return errors.New("unused")
}
func (*ear) OpenForm(context.Context, *handler.Form, string) error {
	return errors.New("unused")
}
