package template

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"text/template/parse"
)

// concrete returns the value within an interface, and the zero reflect.Value for nil.
func concrete(value reflect.Value) reflect.Value {
	for value.Kind() == reflect.Interface || value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	return value
}

// pipeline returns the value of a pipeline, and declares or sets its variables.
func (s *state) pipeline(dot reflect.Value, pipe *parse.PipeNode) (value reflect.Value, err error) {
	if pipe == nil {
		return value, nil
	}
	var final []reflect.Value // the value of the command before, if there is one
	for _, command := range pipe.Cmds {
		if err := s.step(command); err != nil {
			return value, err
		}
		if value, err = s.command(dot, command, final); err != nil {
			return value, s.fail(command, err)
		}
		value = concrete(value)
		final = []reflect.Value{value}
	}
	for _, decl := range pipe.Decl {
		if pipe.IsAssign {
			s.set(decl.Ident[0], value)
		} else {
			s.vars = append(s.vars, variable{decl.Ident[0], value})
		}
	}
	return value, nil
}

var errNoFunction = errors.New("it is not a function and takes no arguments")

// command returns the value of a command: a value, or a call with arguments, the last
// of which is the value of the command before.
func (s *state) command(dot reflect.Value, command *parse.CommandNode, final []reflect.Value) (reflect.Value, error) {
	first, args := command.Args[0], command.Args[1:]
	switch node := first.(type) {
	case *parse.FieldNode:
		return s.fields(dot, dot, node, node.Ident, args, final)
	case *parse.ChainNode:
		base, err := s.operand(dot, node.Node)
		if err != nil {
			return base, err
		}
		return s.fields(dot, base, node, node.Field, args, final)
	case *parse.VariableNode:
		value, err := s.variable(node.Ident[0])
		if err != nil || len(node.Ident) > 1 {
			if err == nil {
				value, err = s.fields(dot, value, node, node.Ident[1:], args, final)
			}
			return value, s.fail(node, err)
		}
	case *parse.IdentifierNode:
		value, err := s.function(dot, node, args, final)
		return value, s.fail(node, err)
	}
	if len(args) > 0 || len(final) > 0 {
		return reflect.Value{}, s.fail(first, errNoFunction)
	}
	return s.operand(dot, first)
}

// operand returns the value of a node that is a command or an argument.
func (s *state) operand(dot reflect.Value, node parse.Node) (reflect.Value, error) {
	switch node := node.(type) {
	case *parse.DotNode:
		return dot, nil
	case *parse.NilNode:
		return reflect.Value{}, nil
	case *parse.BoolNode:
		return reflect.ValueOf(node.True), nil
	case *parse.StringNode:
		return reflect.ValueOf(node.Text), nil
	case *parse.NumberNode:
		value, err := constant(node)
		return value, s.fail(node, err)
	case *parse.PipeNode:
		return s.pipeline(dot, node)
	case *parse.FieldNode, *parse.ChainNode, *parse.VariableNode, *parse.IdentifierNode:
		if err := s.step(node); err != nil {
			return reflect.Value{}, err
		}
		if node, ok := node.(*parse.VariableNode); ok && len(node.Ident) == 1 {
			value, err := s.variable(node.Ident[0])
			return value, s.fail(node, err)
		}
		return s.command(dot, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: node.Position(), Args: []parse.Node{node}}, nil)
	}
	return reflect.Value{}, s.fail(node, fmt.Errorf("%s is not supported", node))
}

// constant returns an int, or a float64 if the number is written as one.
func constant(node *parse.NumberNode) (reflect.Value, error) {
	switch {
	case node.IsInt && (node.Text[0] == '\'' || !node.IsFloat || !strings.ContainsAny(node.Text, ".eEpP") || strings.ContainsAny(node.Text, "xX")):
		return reflect.ValueOf(int(node.Int64)), nil
	case node.IsFloat && strings.ContainsAny(node.Text, ".eEpP"):
		return reflect.ValueOf(node.Float64), nil
	}
	return reflect.Value{}, fmt.Errorf("the number %s is not supported", node.Text)
}

// fields follows names from a value: .Labels.severity. The last may be a method with
// arguments.
func (s *state) fields(dot, value reflect.Value, node parse.Node, names []string, args []parse.Node, final []reflect.Value) (reflect.Value, error) {
	var err error
	for i, name := range names {
		if i < len(names)-1 {
			value, err = s.field(dot, value, name, nil, nil)
		} else {
			value, err = s.field(dot, value, name, args, final)
		}
		if err != nil {
			return value, s.fail(node, err)
		}
	}
	return value, nil
}

func (s *state) field(dot, receiver reflect.Value, name string, args []parse.Node, final []reflect.Value) (reflect.Value, error) {
	receiver = concrete(receiver)
	if !receiver.IsValid() {
		return receiver, nil // a field of nothing is nothing
	}
	typ := receiver.Type()
	if method, ok := s.language.Methods[typ][name]; ok {
		return s.call(dot, name, reflect.ValueOf(method), []reflect.Value{receiver}, args, final)
	}
	var value reflect.Value
	switch {
	case typ.Kind() == reflect.Struct:
		field, ok := typ.FieldByName(name)
		if !ok || !field.IsExported() {
			return value, fmt.Errorf("%s: %w in %s", name, ErrNoField, typ)
		}
		value = receiver.FieldByIndex(field.Index)
	case typ.Kind() == reflect.Map && typ.Key().Kind() == reflect.String:
		value = entry(receiver, reflect.ValueOf(name))
	default:
		return value, fmt.Errorf("%s: %w in %s", name, ErrNoField, typ)
	}
	if len(args) > 0 || len(final) > 0 {
		return value, fmt.Errorf("%s: %w", name, errNoFunction)
	}
	return value, nil
}

// entry returns that of a map, or the zero value of its entries.
func entry(m, key reflect.Value) reflect.Value {
	if value := m.MapIndex(key.Convert(m.Type().Key())); value.IsValid() {
		return value
	}
	return reflect.Zero(m.Type().Elem())
}
