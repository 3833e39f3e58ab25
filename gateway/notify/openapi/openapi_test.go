package openapi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/gobridge/gopherbot/gateway/notify/openapi"
)

const root = "../../.."

type schema struct {
	Type        any               `yaml:"type"`
	Description string            `yaml:"description"`
	Enum        []string          `yaml:"enum"`
	Properties  map[string]schema `yaml:"properties"`
	Items       *schema           `yaml:"items"`
	AllOf       []schema          `yaml:"allOf"`
}

type document struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Description string
			Content     map[string]struct{ Schema schema }
		}
	}
	Components struct{ Schemas map[string]schema }
}

func generated(t *testing.T) (document, string) {
	t.Helper()
	files, err := openapi.Files(root)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := yaml.Load(files["gateway/notify/docs/openapi.yaml"], &d); err != nil {
		t.Fatal(err)
	}
	return d, string(files["gateway/notify/docs/index.html"])
}

// TestFiles_AreCurrent holds the files that the gateway has to the types.
func TestFiles_AreCurrent(t *testing.T) {
	t.Parallel()
	files, err := openapi.Files(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(root + "/" + name)
		if err != nil || string(got) != string(want) {
			t.Errorf(`%s differs from the types (%v): run "go run ./cmd/gopherbot docs"`, name, err)
		}
	}
}

// codes returns the values of the constants of package problem.
func codes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../problem/problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range file.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			continue
		}
		for _, spec := range d.Specs {
			literal, ok := spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit)
			if !ok {
				continue
			}
			code, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, code)
		}
	}
	return all
}

// TestFiles_HaveAllCodes has each code explained at an endpoint that answers it, and on the
// page. 405 is not the answer of any endpoint's method.
func TestFiles_HaveAllCodes(t *testing.T) {
	t.Parallel()
	d, page := generated(t)
	listed := map[string]bool{"method_not_allowed": true}
	for path, methods := range d.Paths {
		for method, operation := range methods {
			for status, response := range operation.Responses {
				for _, part := range response.Content["application/json"].Schema.AllOf {
					for _, code := range part.Properties["code"].Enum {
						listed[code] = true
						if !strings.Contains(response.Description, "`"+code+"`: ") || strings.Contains(response.Description, "`"+code+"`: \n") {
							t.Errorf("%s %s: %s does not explain %s", method, path, status, code)
						}
					}
				}
			}
		}
	}
	all := codes(t)
	if len(all) < 30 {
		t.Fatalf("found %d codes", len(all))
	}
	for _, code := range all {
		if !listed[code] {
			t.Errorf("no endpoint answers %s", code)
		}
		if !strings.Contains(page, `id="code-`+code+`"`) {
			t.Errorf("the page does not have %s", code)
		}
	}
}

// TestFiles_ExplainFields has a description for each field of a request and of an answer.
// Webhooks are documented where they come from.
func TestFiles_ExplainFields(t *testing.T) {
	t.Parallel()
	d, _ := generated(t)
	var check func(name string, s schema)
	check = func(name string, s schema) {
		for field, p := range s.Properties {
			if p.Description == "" {
				t.Errorf("%s.%s has no description: comment on the field of the Go type", name, field)
			}
			check(name+"."+field, p)
		}
	}
	for name, s := range d.Components.Schemas {
		if name != "Webhook" && name != "Health" {
			check(name, s)
		}
	}
	for field, want := range map[string]string{
		"message": "`message` is the text, at most 16384 bytes. It or `file` is required.",
		"bot_id":  "`bot_id` picks a bot of BotX by its UUID.",
		"title":   "`link` is an http or https address, and `title` its words.",
		"ttl":     "`ttl` is how long it may wait to be posted, \"10s\" to \"24h\". Defaults to 4h.",
	} {
		if got := d.Components.Schemas["Send"].Properties[field].Description; got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
}

// TestFiles_WithoutSource says where the source should be.
func TestFiles_WithoutSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := openapi.Files(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v", err)
	}
}
