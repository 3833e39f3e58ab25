package repo

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestContributing_Texts follows the steps of CONTRIBUTING.md for commands, reactions, terms and what else answers people. It
// does so on an overlay of the source tree, and runs the tests of theirs and those of all declarations.
func TestContributing_Texts(t *testing.T) {
	t.Parallel()
	guide := read(t, "CONTRIBUTING.md")
	names := []string{"motto.go", "motto_test.go", "shout.go", "shout_test.go", "praise.go", "quiz.go", "kudos.go", "pressed_test.go"}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(guide, -1)
	if len(blocks) != len(names) {
		t.Fatalf("CONTRIBUTING.md has %d blocks of Go, want %q", len(blocks), names)
	}
	if lines := strings.Count(blocks[0][1]+blocks[1][1], "\n"); lines >= 20 {
		t.Errorf("the first handler and its test take %d lines, want fewer than 20", lines)
	}
	files := map[string]string{}
	for i, name := range names {
		files["consumer/gophers/"+name] = blocks[i][1]
	}
	const list, reactions, terms = "consumer/gophers/gophers.go", "consumer/gophers/reactions.go", "glossary/terms/concurrency.yaml"
	for _, name := range []string{"motto", "shout", "praise", "quiz", "quizAnswer", "kudos"} {
		add(t, files, list, "\t\tcoin,\n", "\t\t"+name+",\n")
	}
	add(t, files, reactions, "var reactions = []handler.Declaration{\n", indented(t, guide, "handler.Reaction{"))
	term := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(guide)
	if term == nil {
		t.Fatal("CONTRIBUTING.md shows no term")
	}
	add(t, files, terms, "see also: [pipeline, worker pool]\n\n", term[1]+"\n")
	out := withOverlay(t, files, "test", "-v", "-run", "Motto|Shout|Praise|Quiz|Kudos|Registry|Suggest|Terms", "./consumer/gophers", "./glossary/terms")
	for _, test := range []string{
		"TestMotto", "TestMotto/motto?", "TestShout", "TestPraise", "TestPraise//praise_the_tests", "TestQuiz", "TestKudos",
		"TestRegistry_ListsEveryDeclaration", "TestRegistry_Examples/motto?", "TestRegistry_Examples/a_cuppa!", "TestTerms_Style", "TestTerms_AreSorted",
	} {
		if !strings.Contains(out, "--- PASS: "+test+" (") {
			t.Errorf("%s did not pass:\n%s", test, out)
		}
	}
}

// TestContributing_ScheduledPost follows the steps of CONTRIBUTING.md for another weekly post on an overlay.
func TestContributing_ScheduledPost(t *testing.T) {
	t.Parallel()
	guide := read(t, "CONTRIBUTING.md")
	files := map[string]string{}
	add(t, files, "app/bgtasks.go", `"GOPHER_WEEKLY_POST_CHANNEL")`+"\n", indented(t, guide, "weekly(source.Weekly{"))
	add(t, files, "app/bgtasks.go", "\t\"github.com/gobridge/gopherbot/bgtasks/announce\"\n", indented(t, guide, `"github.com/gobridge/gopherbot/bgtasks/calendar"`))
	add(t, files, "internal/config/config.go", `find:"the text of the weekly post"`+"`\n", indented(t, guide, "ReviewsChannel "))
	withOverlay(t, files, "vet", "./app")
	withOverlay(t, files, "test", "./internal/config")
}

// indented returns the indented block of a document that begins with start.
func indented(t *testing.T, document, start string) string {
	t.Helper()
	for _, block := range regexp.MustCompile(`(?m)(?:^    .*\n)+`).FindAllString(document, -1) {
		if block = regexp.MustCompile(`(?m)^    `).ReplaceAllString(block, ""); strings.HasPrefix(block, start) {
			return block
		}
	}
	t.Fatalf("there is no indented block that begins with %s", start)
	return ""
}

// add puts text behind a place in a file of the repository, or in files if it is there. It adds nothing if somebody has
// followed the steps in this tree: then the file has the words of the text's first two lines.
func add(t *testing.T, files map[string]string, file, place, text string) {
	t.Helper()
	content, ok := files[file]
	if !ok {
		content = read(t, file)
	}
	if n := strings.Count(content, place); n != 1 {
		t.Fatalf("%s has %q %d times, want once", file, place, n)
	}
	words := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if marks := strings.SplitAfterN(text, "\n", 3); !strings.Contains(words(content), words(marks[0]+marks[1])) {
		content = strings.Replace(content, place, place+text, 1)
	}
	files[file] = content
}

// withOverlay returns the output of a go command that sees files, by their names in the repository, as they are given.
func withOverlay(t *testing.T, files map[string]string, command string, args ...string) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir, replace := t.TempDir(), map[string]string{}
	for name, content := range files {
		written := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(written, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(here, filepath.FromSlash(name))] = written
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", append([]string{command, "-overlay", file}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("go %s %q, with %d files of CONTRIBUTING.md: %v\n%s", command, args, len(files), err, out)
	}
	return string(out)
}
