package glossary_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gobridge/gopherbot/glossary"
)

func TestRead_Term(t *testing.T) {
	t.Parallel()
	g, err := glossary.Read(fstest.MapFS{
		"tea.yaml": {Data: []byte("# Tea.\n\n- term: tea\n  aliases: [cha, \"null\"]\n  answers_to: [coffee]\n  text: |\n    Leaves: hot `water` # and\n    time.\n\n  link: https://example.com/\n")},
		"cup.yaml": {Data: []byte("- term: Cup\n  text: It holds tea.\n  see also: [tea]\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	terms := g.Terms()
	if len(terms) != 2 || terms[0].Name != "Cup" || !slices.Equal(terms[0].SeeAlso, []string{"tea"}) || terms[0].Subject() != "cup" {
		t.Fatalf("%+v", terms)
	}
	tea := terms[1]
	if tea.Text != "Leaves: hot `water` # and time." || !slices.Equal(tea.Aliases, []string{"cha", "null"}) || !slices.Equal(tea.AnswersTo, []string{"coffee"}) ||
		tea.Link != "https://example.com/" || tea.File != "tea.yaml" || tea.Line != 3 {
		t.Errorf("%+v", tea)
	}
	if !slices.Equal(g.Words(), []string{"Cup", "tea", "cha", "null", "coffee"}) {
		t.Errorf("words: %q", g.Words())
	}
}

func TestRead_NamesFileAndLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"an unknown field":   {"- term: a\n  text: A.\n  alias: [b]\n", []string{`a.yaml:3: field alias not found: a term has the fields term,`}},
		"no list":            {"- term: a\n  text: A.\n  aliases: b\n", []string{"a.yaml:3: cannot construct !!str `b`: want a list, such as [one word, another]"}},
		"a field twice":      {"- term: a\n  text: A.\n  text: B.\n", []string{`a.yaml:3: mapping key "text" already defined at line 2`}},
		"a wrong indent":     {"- term: a\n   text: A.\n", []string{"a.yaml:2: "}},
		"a colon":            {"- term: a\n  text: A: b.\n", []string{"a.yaml:2: "}},
		"a tab":              {"- term: a\n\ttext: A.\n", []string{"a.yaml:2: found a tab"}},
		"no terms":           {"term: a\ntext: A.\n", []string{"a.yaml:1: "}},
		"an empty file":      {"", []string{"a.yaml: "}},
		"two documents":      {"- term: a\n  text: A.\n---\n- term: b\n  text: B.\n", []string{"a.yaml: "}},
		"no text":            {"- term: a\n", []string{`a.yaml:1: term "a": wants a name and a text`}},
		"an empty text":      {"- term: a\n  text:\n", []string{"a.yaml:2: something is empty"}},
		"null":               {"- term: a\n  text: A.\n  aliases: [b, null]\n", []string{"a.yaml:3: something is empty; a word that YAML knows"}},
		"an alias of spaces": {"- term: a\n  text: A.\n  aliases: [' ']\n", []string{`a.yaml:1: term "a": " " is empty`}},
		"a taken word":       {"- term: a\n  text: A.\n- term: b\n  text: B.\n  answers_to: [a]\n", []string{`a.yaml:3: term "b": "a" is taken by the term "a" (a.yaml:1)`}},
		"several": {"- term: a\n  text: A.\n  aliases: [b, B]\n  see also: [a]\n- term: c\n  text: C.\n  aliases: [A.]\n  see also: [d]\n", []string{
			`a.yaml:1: term "a": has "B" twice`,
			`a.yaml:1: term "a": see also: "a" is not the name of another term`,
			`a.yaml:5: term "c": "A." is taken by the term "a" (a.yaml:1)`,
			`a.yaml:5: term "c": see also: "d" is not the name of another term`,
		}},
		"several fields": {"- term: a\n  text: A.\n  aliases: [b, B]\n- term: e\n  name: e\n- term: f\n  name: f\n", []string{
			`a.yaml:1: term "a": has "B" twice`,
			`a.yaml:5: field name not found`,
			`a.yaml:7: field name not found`,
		}},
	} {
		_, err := glossary.Read(fstest.MapFS{"a.yaml": {Data: []byte(c.content)}})
		for _, want := range c.want {
			if err == nil || !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.HasPrefix(line, want) }) {
				t.Errorf("%s: no line %q in\n%v", name, want, err)
			}
		}
	}
}

// TestRead_ReportsTheFirstCause: a term that cannot be read is not reported as missing
// where another term refers to it.
func TestRead_ReportsTheFirstCause(t *testing.T) {
	t.Parallel()
	for _, unreadable := range []string{"-term: b\n  text: B.\n", "- term: b\n  text: B.\n  aliases: c\n"} {
		_, err := glossary.Read(fstest.MapFS{
			"a.yaml": {Data: []byte("- term: a\n  text: A.\n  see also: [b]\n")},
			"b.yaml": {Data: []byte(unreadable)},
		})
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "b.yaml:") {
			t.Errorf("%q: want only what is wrong with b.yaml, have\n%v", unreadable, err)
		}
	}
}

func TestRead_EmptyGlossary(t *testing.T) {
	t.Parallel()
	if _, err := glossary.Read(fstest.MapFS{"terms.yml": {Data: []byte("- term: a\n  text: A.\n")}}); err == nil {
		t.Error("read a directory without a .yaml file")
	}
}

// TestContributing_Term puts the block that CONTRIBUTING.md shows where it
// says.
func TestContributing_Term(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, begins := strings.Cut(string(guide), "```yaml\n")
	block, _, ends := strings.Cut(block, "```")
	if !begins || !ends {
		t.Fatal("CONTRIBUTING.md shows no block of YAML")
	}
	const next = "- term: goroutine\n"
	file, err := os.ReadFile("terms/concurrency.yaml")
	if err != nil || !strings.Contains(string(file), next) {
		t.Fatal(err, string(file))
	}
	added := string(file)
	if _, kept := words(t).Lookup("Goexit"); !kept { // nobody has followed it and kept the term, in whatever words
		added = strings.Replace(added, next, block+"\n"+next, 1)
	}
	others, err := fs.Glob(os.DirFS("terms"), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, name := range others {
		content, err := os.ReadFile("terms/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	files["concurrency.yaml"].Data = []byte(added)
	g, err := glossary.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	if _, known := g.Lookup("runtime.goexit()"); !known {
		t.Error("what was added is not there")
	}
}
