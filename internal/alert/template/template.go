package template

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"sort"
	"strings"
	"text/template/parse"
	"unicode/utf8"
)

// The bounds of a template and of one execution.
const (
	// MaxText is the size of a template's text, in bytes.
	MaxText = 64 << 10
	// MaxSteps is how many actions and calls one execution takes. A KiB of text,
	// or an item of a list or map, that a function gets or returns counts as one more.
	MaxSteps = 1 << 18
	// MaxValue is the size of a string that a function returns, in bytes.
	MaxValue = 1 << 20
	// MaxDepth is how deep {{template}} nests.
	MaxDepth = 100
)

// Language is what templates may use beside the built-in functions.
type Language struct {
	// Funcs are functions by name. A function returns one value, or one and an error.
	Funcs map[string]any
	// Methods are the methods of the data's types: functions, by name, that take the
	// receiver first, such as time.Time.Format. A method hides a field or an entry of
	// a map of the same name.
	Methods map[reflect.Type]map[string]any
}

// Template is a parsed template. It is safe for concurrent use.
type Template struct {
	language Language
	name     string
	text     string
	trees    map[string]*parse.Tree
}

// Error is a mistake in a template, or the failure of an execution.
type Error struct {
	// Name is the template's name, as Parse got it.
	Name string
	// Line and Column begin at 1. Column counts characters.
	Line, Column int
	// Err is the reason. It holds no values of the data.
	Err error
}

// Error returns the name, the line, the column and the reason, such as
// "am.tmpl:3:12: function \"uper\" not defined".
func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %v", e.Name, e.Line, e.Column, e.Err) }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// ErrNoField is the reason when a template names a field or method that its data's
// type does not have, whatever the values are.
var ErrNoField = errors.New("no such field or method")

// Parse parses a template. Its error is an *Error.
func (l Language) Parse(name, text string) (*Template, error) {
	t := &Template{language: l, name: name, text: text}
	if len(text) > MaxText {
		return nil, t.mistake(MaxText, fmt.Errorf("the template is larger than %d bytes", MaxText))
	}
	var err error
	if t.trees, err = l.parse(text); err != nil {
		return nil, t.mistake(l.offset(text, err), errors.New(reason(err)))
	}
	for _, tree := range t.trees {
		if missing := t.undefined(tree.Root); missing != nil {
			return nil, t.mistake(int(missing.Pos), fmt.Errorf("template %q is not defined", missing.Name))
		}
	}
	return t, nil
}

// parsed is the name under which the text itself is parsed; a {{define}} cannot
// clash with it by accident.
const parsed = "\x00"

func (l Language) parse(text string) (map[string]*parse.Tree, error) {
	return parse.Parse(parsed, text, "", "", l.Funcs, builtins)
}

// offset returns where the parser found a mistake. Its errors have only a line, but it
// reads the text once and in order: the error is the same for each beginning of the
// text that includes the mistake, and another or none for any shorter one.
func (l Language) offset(text string, err error) int {
	end := sort.Search(len(text), func(n int) bool {
		_, shorter := l.parse(text[:n])
		return shorter != nil && shorter.Error() == err.Error()
	})
	// The mistake ends there. If the error quotes its last words, it begins with them.
	for _, quoted := range append(strings.Split(reason(err), `"`), strings.Fields(reason(err))...) {
		if quoted != "" && strings.HasSuffix(text[:end], quoted) {
			return end - len(quoted)
		}
	}
	if end > 0 && text[end-1] != '\n' {
		end--
	}
	return end
}

// reason returns a parser's error without its "template: name:line: ".
func reason(err error) string {
	_, text, _ := strings.Cut(err.Error(), parsed+":")
	_, text, _ = strings.Cut(text, ": ")
	return strings.ReplaceAll(text, parsed+":", "line ")
}

// mistake returns an Error at an offset of the text.
func (t *Template) mistake(offset int, err error) *Error {
	before := t.text[:min(offset, len(t.text))]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return &Error{Name: t.name, Line: 1 + strings.Count(before, "\n"), Column: 1 + utf8.RuneCountInString(line), Err: err}
}

// undefined returns a {{template}} below a list whose template is not defined.
func (t *Template) undefined(list *parse.ListNode) *parse.TemplateNode {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		var branch *parse.BranchNode
		switch node := node.(type) {
		case *parse.TemplateNode:
			if t.trees[node.Name] == nil {
				return node
			}
		case *parse.IfNode:
			branch = &node.BranchNode
		case *parse.RangeNode:
			branch = &node.BranchNode
		case *parse.WithNode:
			branch = &node.BranchNode
		}
		if branch == nil {
			continue
		}
		for _, list := range []*parse.ListNode{branch.List, branch.ElseList} {
			if missing := t.undefined(list); missing != nil {
				return missing
			}
		}
	}
	return nil
}

// Execute writes the template's output for data. funcs, if any, take the place of
// functions of the Language for this execution. Output may have been written when it
// returns an error, which is an *Error; its reason may be one of the writer's.
func (t *Template) Execute(w io.Writer, data any, funcs map[string]any) error {
	root := t.trees[parsed]
	if root == nil || root.Root == nil {
		return nil // only definitions, or nothing
	}
	value := reflect.ValueOf(data)
	s := &state{Template: t, w: w, funcs: funcs, steps: new(int), vars: []variable{{"$", value}}}
	return s.walk(value, root.Root)
}
