package gophers

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
	"github.com/gobridge/gopherbot/internal/playground"
)

// signIn is how Slack's sign-in page begins.
const signIn = "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n<title>Login | Slack</title>\n<script>\nvar x = func() {};\n</script>\n</head>\n"

// leaky is a program with a password in it, in line 4.
const leaky = "package main\n\nfunc main() {\n\tpassword := \"grune" + "wald\"\n\tconnect(password)\n\tserve(1)\n\tserve(2)\n\tserve(3)\n\tserve(4)\n}\n"

func TestJudgeFile(t *testing.T) {
	t.Parallel()
	goFile, text, snippet := handler.File{Name: "main.go"}, handler.File{Name: "notes.txt", MIMEType: "text/plain"}, handler.File{Type: "go"}
	diary := "Dear diary,\ntoday I met Bob (again).\nWe talked;\nhe said he would call,\nand did not.\nI said:\n  \"fine\"\n"
	for _, test := range []struct {
		name    string
		file    handler.File
		content string
		worth   bool
		secret  string
	}{
		{"Go", goFile, hello, true, ""},
		{"Go behind a byte order mark", goFile, "\ufeff" + hello, true, ""},
		{"a snippet of Go", snippet, hello, true, ""},
		{"Go, whatever it looks like", goFile, "1\n2\n3\n4\n5\n6\n", true, ""},
		{"short Go", goFile, "package main\n\nfunc main() {}\n", false, ""},
		{"binary Go", goFile, hello + "\x00", false, ""},
		{"Go in another encoding", goFile, hello + "\xff", false, ""},
		{"large Go", goFile, hello + strings.Repeat("\n// x", playground.MaxSource/4), false, ""},
		{"a text of Go", text, hello, true, ""},
		{"a text of several files", text, "-- go.mod --\nmodule x\n-- main.go --\n" + hello, true, ""},
		{"a diary", text, diary, false, ""},
		{"a diary with an example in it", text, strings.Repeat(diary, 5) + "```\n" + hello + "\n```", false, ""},
		{"addresses and secrets", text, strings.Repeat("user0@example.com,secret0\n", 20), false, ""},
		{"a log", text, strings.Repeat("2026-11-21 08:00:00 INFO server listens on port 8080\n", 12), false, ""},
		{"JSON", text, "{\n" + strings.Repeat("  \"name\": \"value\",\n", 12) + "}", false, ""},
		{"Slack's sign-in page as Go", goFile, signIn, false, ""},
		{"as a text", text, signIn, false, ""},
		{"behind a byte order mark", goFile, "\ufeff" + signIn, false, ""},
		{"behind spaces and comments", goFile, "\r\n <!-- a -->\n<!--\nb\n-->" + signIn, false, ""},
		{"without a declaration", goFile, strings.TrimPrefix(signIn, "<!DOCTYPE html>"), false, ""},
		{"in capitals", goFile, strings.ToUpper(signIn), false, ""},
		{"as XHTML", goFile, "<?xml version=\"1.0\"?>\n" + signIn, false, ""},
		{"Go with a password", goFile, leaky, true, "a password or token"},
		{"a text of Go with a password", text, leaky, true, "a password or token"},
		{"Go with addresses", goFile, hello + "\n// ann@gmail.com bob@web.de cyd@posteo.net", true, "e-mail addresses of several people"},
		{"a password in what is no Go", text, "dear Bob,\n\nthe password: \"grune" + "wald\"\nis\nfor\nyou\n", false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, worth := judgeFile(test.file, test.content)
			if worth != test.worth || got.secret.What != test.secret || worth && got.source != test.content {
				t.Errorf("%+v %t, want %t %q", got, worth, test.worth, test.secret)
			}
		})
	}
}

func TestJudgeMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		worth      bool
		secret     string
	}{
		{"nothing", "", false, ""},
		{"code", code, true, ""},
		{"a secret in the code", "```" + leaky + "```", true, "a password or token"},
		{"a secret in the prose beside it", "my key is AKI" + "AQ3EGRJ5TYWXZ6B2C\n" + code, true, "an access key of AWS"},
		{"a secret without code", "password = \"grune" + "wald\"", false, ""},
		{"placeholders", strings.ReplaceAll("```"+leaky+"```", "grune"+"wald", "secret"), true, ""},
	} {
		got, worth := judgeMessage(test.text)
		if worth != test.worth || got.secret.What != test.secret {
			t.Errorf("%s: %+v %t, want %t %q", test.name, got, worth, test.worth, test.secret)
		}
	}
}

func TestMayBeCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file handler.File
		want bool
	}{
		{handler.File{Name: "main.go", MIMEType: "application/octet-stream"}, true},
		{handler.File{Name: "MAIN.GO"}, true},
		{handler.File{Name: "parser v1.2", MIMEType: "text/plain", Type: "go"}, true},
		{handler.File{Name: "parser v1.2", MIMEType: "text/plain", Type: "text"}, true},
		{handler.File{Name: "parser v1.2", MIMEType: "text/plain"}, false},
		{handler.File{MIMEType: "text/plain"}, true},
		{handler.File{Name: "a.txt", MIMEType: "text/plain; charset=utf-8"}, true},
		{handler.File{Name: "a.txt", MIMEType: "text/plain", Type: "python"}, false},
		{handler.File{Name: "main.py", MIMEType: "text/plain"}, false},
		{handler.File{Name: "page", MIMEType: "text/html"}, false},
		{handler.File{Name: "picture", Type: "png"}, false},
		{handler.File{ID: "F1"}, false},
		{handler.File{ID: "F1", Pending: true}, true},
		{handler.File{Name: "main.go", Size: playground.MaxSource + 1}, false},
	} {
		if got := mayBeCode(test.file); got != test.want {
			t.Errorf("%+v: %t", test.file, got)
		}
	}
}

// TestLongCode_SecretsStayHere has secrets in a message and in one of its files. The
// other file is shared, and the author gets a private warning about the rest.
func TestLongCode_SecretsStayHere(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	p := Playground{Sharer: s, Files: drawer{"F1": leaky, "F2": hello, "F3": "-----BEGIN RSA " + "PRIVATE KEY-----\n"}}
	r := handlertest.Registry(t, longCode(p), remove)
	heard := handlertest.Send(t, r, handler.Message{Text: "```" + leaky + "```", Files: []handler.File{
		{ID: "F1", Name: "leaky.go"}, {ID: "F2", Name: "hello.go"}, {ID: "F3", Name: "id_rsa", MIMEType: "text/plain"},
	}})
	if len(s.programs) != 1 || s.programs[0] != hello || len(heard.Replies) != 1 || len(heard.Ephemerals) != 1 {
		t.Fatalf("%q; %s", s.programs, heard)
	}
	warning := heard.Ephemerals[0].Text
	for _, want := range []string{"your code on the Go Playground, where everyone could read it: it looks like it has a password", "`leaky.go`", "line 4", "nolink"} {
		if !strings.Contains(warning, want) {
			t.Errorf("the warning does not say %q: %s", want, warning)
		}
	}
	if strings.Contains(heard.String(), "grune") {
		t.Errorf("the secret is repeated: %s", heard)
	}

	heard = handlertest.Send(t, r, handler.Message{Files: []handler.File{{ID: "F1", Name: "leaky.go"}}})
	if len(s.programs) != 1 || len(heard.Replies) > 0 || len(heard.Ephemerals) != 1 || strings.Contains(heard.Ephemerals[0].Text, "nolink") {
		t.Errorf("%q; %s", s.programs, heard)
	}
}
