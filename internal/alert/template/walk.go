package template

import (
	"errors"
	"fmt"
	"io"

	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

// state is that of one execution, within one template of those that it defines.
type state struct {
	*Template
	w     io.Writer
	funcs map[string]any
	vars  []variable
	depth int
	steps *int
}

type variable struct {
	name  string
	value reflect.Value
}

var (
	errBreak    = errors.New("break")
	errContinue = errors.New("continue")
)

// fail returns err as one at a node, unless it has a place already or is no failure.
func (s *state) fail(node parse.Node, err error) error {
	var placed *Error
	if err == nil || err == errBreak || err == errContinue || errors.As(err, &placed) {
		return err
	}
	return s.mistake(int(node.Position()), err)
}

// step counts, and stops what takes too long.
func (s *state) step(node parse.Node) error {
	if *s.steps++; *s.steps > MaxSteps {
		return s.fail(node, fmt.Errorf("the template takes more than %d steps", MaxSteps))
	}
	return nil
}

// scope ends the variables that were declared since it was called.
func (s *state) scope() func() {
	n := len(s.vars)
	return func() { s.vars = s.vars[:n] }
}

func (s *state) walk(dot reflect.Value, node parse.Node) error {
	if err := s.step(node); err != nil {
		return err
	}
	switch node := node.(type) {
	case *parse.TextNode:
		_, err := s.w.Write(node.Text)
		return s.fail(node, err)
	case *parse.ActionNode:
		value, err := s.pipeline(dot, node.Pipe)
		if err == nil && len(node.Pipe.Decl) == 0 {
			err = s.print(value)
		}
		return s.fail(node, err)
	case *parse.ListNode:
		for _, node := range node.Nodes {
			if err := s.walk(dot, node); err != nil {
				return err
			}
		}
		return nil
	case *parse.IfNode:
		return s.branch(dot, &node.BranchNode, false)
	case *parse.WithNode:
		return s.branch(dot, &node.BranchNode, true)
	case *parse.RangeNode:
		return s.loop(dot, node)
	case *parse.TemplateNode:
		return s.include(dot, node)
	case *parse.BreakNode:
		return errBreak
	case *parse.ContinueNode:
		return errContinue
	case *parse.CommentNode:
		return nil
	}
	return s.fail(node, fmt.Errorf("%s is not supported", node))
}

func (s *state) print(value reflect.Value) error {
	value = concrete(value)
	if !value.IsValid() {
		return nil
	}
	_, err := fmt.Fprint(s.w, value.Interface())
	return err
}

// branch executes {{if}} and {{with}}.
func (s *state) branch(dot reflect.Value, node *parse.BranchNode, with bool) error {
	defer s.scope()()
	value, err := s.pipeline(dot, node.Pipe)
	if err != nil {
		return err
	}
	switch {
	case isTrue(value) && with:
		return s.walk(value, node.List)
	case isTrue(value):
		return s.walk(dot, node.List)
	case node.ElseList != nil:
		return s.walk(dot, node.ElseList)
	}
	return nil
}

// isTrue reports whether a value is not the zero value of its type, or is a struct.
func isTrue(value reflect.Value) bool {
	value = concrete(value)
	switch value.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
		return value.Len() > 0
	case reflect.Struct:
		return true
	default:
		return !value.IsZero()
	}
}

// loop executes {{range}}.
func (s *state) loop(dot reflect.Value, node *parse.RangeNode) error {
	defer s.scope()()
	// The pipeline declares the variables of the loop, which each iteration sets.
	value, err := s.pipeline(dot, node.Pipe)
	if err != nil {
		return err
	}
	value = concrete(value)
	s.charge(value)
	iterate := func(index, item reflect.Value) error {
		defer s.scope()()
		if decl := node.Pipe.Decl; len(decl) == 1 {
			s.set(decl[0].Ident[0], item)
		} else if len(decl) == 2 {
			s.set(decl[0].Ident[0], index)
			s.set(decl[1].Ident[0], item)
		}
		if err := s.walk(item, node.List); err != errContinue {
			return err
		}
		return nil
	}
	n, err := iterations(value, len(node.Pipe.Decl), iterate)
	switch {
	case err == errBreak:
		return nil
	case err != nil:
		return s.fail(node.Pipe, err)
	case n == 0 && node.ElseList != nil:
		return s.walk(dot, node.ElseList)
	}
	return nil
}

// iterations calls iterate for each item of a value, until it returns an error. It
// returns how often it called it.
func iterations(value reflect.Value, variables int, iterate func(index, item reflect.Value) error) (n int, err error) {
	switch value.Kind() {
	case reflect.Invalid:
	case reflect.Slice, reflect.Array:
		for ; n < value.Len() && err == nil; n++ {
			err = iterate(reflect.ValueOf(n), value.Index(n))
		}
	case reflect.Map:
		if value.Type().Key().Kind() != reflect.String {
			return 0, fmt.Errorf("cannot range over a %s", value.Type())
		}
		keys := slices.SortedFunc(slices.Values(value.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for ; n < len(keys) && err == nil; n++ {
			err = iterate(keys[n], value.MapIndex(keys[n]))
		}
	case reflect.Int, reflect.Int64:
		if variables > 1 {
			return 0, errors.New("a range over a number has one variable")
		}
		for ; int64(n) < value.Int() && err == nil; n++ {
			err = iterate(reflect.Value{}, reflect.ValueOf(n).Convert(value.Type()))
		}
	default:
		return 0, fmt.Errorf("cannot range over a %s", value.Type())
	}
	return n, err
}

// include executes {{template}} and {{block}}, which see no variables but $.
func (s *state) include(dot reflect.Value, node *parse.TemplateNode) error {
	if s.depth == MaxDepth {
		return s.fail(node, fmt.Errorf("templates nest deeper than %d", MaxDepth))
	}
	value, err := s.pipeline(dot, node.Pipe)
	if err != nil {
		return err
	}
	inner := *s
	inner.depth++
	inner.vars = []variable{{"$", value}}
	return inner.walk(value, s.trees[node.Name].Root)
}

// set changes the innermost variable of a name.
func (s *state) set(name string, value reflect.Value) {
	for i := len(s.vars) - 1; i >= 0; i-- {
		if s.vars[i].name == name {
			s.vars[i].value = value
			return
		}
	}
}

func (s *state) variable(name string) (reflect.Value, error) {
	for i := len(s.vars) - 1; i >= 0; i-- {
		if s.vars[i].name == name {
			return s.vars[i].value, nil
		}
	}
	return reflect.Value{}, fmt.Errorf("variable %s is not defined", name)
}
