package gophers

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

const hello = `package main

import "fmt"

func main() {
	for i := range 3 {
		fmt.Println("hello", i)
	}
	// a <- b && c
}`

func TestProgram_RecognizesCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		lines      int
	}{
		{"nothing", "", 0},
		{"a program between fences", "```\n" + hello + "\n```", 10},
		{"beside the fences", "```" + hello + "```", 10},
		{"without fences", hello, 10},
		{"without fences, between prose", "Hi all, can somebody help me with this?\n\n" + hello + "\n\nIt prints too much.", 10},
		{"a fence that is not closed", "look: ```" + hello, 10},
		{"a language behind the fence", "```go\n" + hello + "\n```", 10},
		{"Windows' line ends", strings.ReplaceAll("```"+hello+"```", "\n", "\r\n"), 10},
		{"another language behind the fence", "```python\ndef f():\n" + strings.Repeat("    x = foo.Bar(1)\n", 12) + "```", 0},
		{"a diff", "```Diff \n" + strings.Repeat("-\tx := 1\n+\tx := 2\n", 6) + "```", 0},
		{"Go beside another language", "```sh\ngo run . := \n```gives\n```" + hello + "```", 10},
		{"two fences", "```x := 1\ny := 2```\nand\n```z := 3```", 3},
		{"empty lines around the code do not count", "```\n\n\n\nx := 1\n\n\n\n```", 1},
		{"a fenced log", "```" + strings.Repeat("2026-11-21 08:00:00 INFO server listens on port 8080\n", 12) + "```", 0},
		{"fenced JSON", "```{\n" + strings.Repeat("  \"name\": \"value\",\n", 12) + "}```", 0},
		{"fenced YAML", "```" + strings.Repeat("name: value\n  - item\n", 6) + "```", 0},
		{"fenced C", "```int main() {\n" + strings.Repeat("  printf(\"%d\", x);\n", 12) + "}```", 0},
		{"JavaScript modules", "import \"./menu.js\";\nimport { draw } from \"./draw.js\";\n" + strings.Repeat("draw(menu, 1);\n", 10), 0},
		{"fenced Python", "```import os\n" + strings.Repeat("for x in y:\n    print(x)\n", 6) + "```", 0},
		{"a stack trace", "```panic: oh no\n\ngoroutine 1 [running]:\n" + strings.Repeat("main.Work(0x1, 0x2)\n\t/tmp/x.go:8 +0x1d\n", 6) + "```", 0},
		{"a compiler's errors", "```# example.com/x\n" + strings.Repeat("./x.go:8:2: undefined: fmt.Foo\n", 12) + "```", 0},
		{"code, and what it prints", "```" + hello + "```\nsays\n```panic: oh no\n\ngoroutine 1 [running]:\nmain.main()```", 10},
		{"code and what it prints, in one fence", "```" + hello + "\npanic: oh no\n```", 11},
		{"JSON without fences", "{\n" + strings.Repeat("  \"name\": \"value\",\n", 12) + "}", 0},
		{"prose", strings.Repeat("I have been thinking about this for a while.\n", 15), 0},
		{"prose about Go", strings.Repeat("In Go, you write func main() { } and call fmt.Println (or log.Fatal).\n", 12), 0},
		{"short lines of prose", strings.Repeat("hello,\nyes\n(maybe)\nok!\n", 5), 0},
		{"a list", "Things to do:\n" + strings.Repeat("• read the spec (all of it)\n    • and the memory model\n- write more tests, too\n1. ship it;)\n", 4), 0},
		{"prose with a little code", strings.Repeat("And then it stops, and nobody knows why it does.\n", 12) + "x := 1\ny := 2\nfoo()", 2 + 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, lines := program(test.text); lines != test.lines {
				t.Errorf("%d lines of code, want %d, in:\n%s", lines, test.lines, test.text)
			}
		})
	}
}

func TestProgram_OfAMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"code alone", "```\n" + hello + "\n```", hello + "\n"},
		{"prose around it", "Why?\n\n```" + hello + "```\nThanks  \n:wave:", "// Why?\n" + hello + "\n// Thanks\n// :wave:\n"},
		{"several fences", "First\n```package main\n\nfunc main() { f() }```\nand then\n```func f() {}```\n", "// First\npackage main\n\nfunc main() { f() }\n// and then\nfunc f() {}\n"},
		{"output becomes a comment", "```package main\n\nfunc main() { panic(1) }```\n```panic: 1\n\nmain.main()```", "package main\n\nfunc main() { panic(1) }\n// panic: 1\n\n// main.main()\n"},
		{"without fences", "Hello there\n" + hello + "\nit does not work", "// Hello there\n" + hello + "\n// it does not work\n"},
		{"a sentence in the middle", "package main\n\nThis is what I call it with:\n\nfunc main() {\n\tprintln(1)\n}", "package main\n\n// This is what I call it with:\n\nfunc main() {\n\tprintln(1)\n}\n"},
		{"a sentence in a raw string", "package main\n\nconst text = `\nthis is not a comment at all\n`\n\nfunc main() {}", "package main\n\nconst text = `\nthis is not a comment at all\n`\n\nfunc main() {}\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, _ := program(test.text)
			if got != test.want {
				t.Fatalf("got:\n%s\nwant:\n%s", got, test.want)
			}
			if _, err := parser.ParseFile(token.NewFileSet(), "main.go", got, 0); err != nil {
				t.Errorf("it is no Go: %v\n%s", err, got)
			}
		})
	}
}

// realistic are messages as people post them, without fences.
var realistic = []string{
	`package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
)

type User struct {
	Name string ` + "`json:\"name\"`" + `
	Age  int    ` + "`json:\"age\"`" + `
}

func main() {
	resp, err := http.Get("https://example.com/users")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()

	var users []User
	if err := json.NewDecoder(resp.Body).Decode(&users); err != nil {
		log.Fatal(err)
	}
	for i, u := range users {
		fmt.Println(i, u.Name)
	}
}`,
	`package main

import "fmt"

type Shape interface {
	Area() float64
}

type Square struct{ side float64 }

func (s Square) Area() float64 { return s.side * s.side }

func main() {
	done := make(chan bool)
	go func() {
		var s Shape = Square{2}
		switch v := s.(type) {
		case Square:
			fmt.Println("square", v.side)
		default:
			fmt.Println("?")
		}
		done <- true
	}()
	<-done
}`,
}

func TestProgram_RealisticProgramsStayWhole(t *testing.T) {
	t.Parallel()
	for _, code := range realistic {
		for _, flat := range []string{code, strings.ReplaceAll(code, "\t", "")} { // some clients lose the tabs
			got, lines := program("hey folks, I am new to this\n\n" + flat + "\n\nwhat am I doing wrong here?")
			want := "// hey folks, I am new to this\n\n" + flat + "\n\n// what am I doing wrong here?\n"
			if got != want || lines < 10 {
				t.Errorf("%d lines of code, and the program\n%s\nwant\n%s", lines, got, want)
			}
		}
	}
}

// TestProgram_FilesOfThisRepository takes files of this repository for messages: code
// stays as it is, with and without its tabs, and prose is none.
func TestProgram_FilesOfThisRepository(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../../internal/slack/sim")
	code := 0
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".go", ".js", ".css", ".html"}, path.Ext(name)) {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		text := string(content)
		switch {
		case strings.Contains(text, fence), path.Ext(name) != ".go" && strings.Contains(text, "package main"): // both code and not
		case path.Ext(name) != ".go":
			if _, lines := program(text); lines >= minCodeLines {
				t.Errorf("%s has %d lines of code", name, lines)
			}
		default:
			for _, text := range []string{text, strings.ReplaceAll(text, "\t", "")} {
				got, lines := program(text)
				if lines < minCodeLines {
					continue // doc.go and its like
				}
				code++
				if want := strings.Join(splitLines(text), "\n") + "\n"; got != want {
					t.Errorf("%s is changed to:\n%s", name, got)
				}
			}
		}
		return nil
	})
	if err != nil || code < 10 {
		t.Errorf("%d files are code (%v)", code, err)
	}
}

func FuzzProgram(f *testing.F) {
	f.Add(hello)
	f.Add("a\n```\nb := 1\n```\nc ``` d")
	f.Fuzz(func(t *testing.T, text string) {
		source, lines := program(text)
		if (source == "") != (lines == 0) || lines > strings.Count(text, "\n")+strings.Count(text, fence)+1 {
			t.Errorf("%d lines of code in %q", lines, text)
		}
	})
}
