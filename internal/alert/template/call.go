package template

import (
	"fmt"
	"reflect"
	"text/template/parse"
)

// function calls the function of a name.
func (s *state) function(dot reflect.Value, node *parse.IdentifierNode, args []parse.Node, final []reflect.Value) (reflect.Value, error) {
	if node.Ident == "and" || node.Ident == "or" {
		return s.shortCircuit(dot, node.Ident, args, final)
	}
	function, ok := s.funcs[node.Ident]
	if !ok {
		function, ok = s.language.Funcs[node.Ident]
	}
	if !ok {
		function = builtins[node.Ident]
	}
	return s.call(dot, node.Ident, reflect.ValueOf(function), nil, args, final)
}

// shortCircuit returns the first argument that decides an "and" or "or", or the last,
// and evaluates none after it.
func (s *state) shortCircuit(dot reflect.Value, name string, args []parse.Node, final []reflect.Value) (value reflect.Value, err error) {
	if len(args)+len(final) == 0 {
		return value, fmt.Errorf("%s needs an argument", name)
	}
	for _, arg := range args {
		if value, err = s.operand(dot, arg); err != nil || isTrue(value) == (name == "or") {
			return concrete(value), err
		}
	}
	if len(final) > 0 {
		value = final[0]
	}
	return concrete(value), nil
}

// call calls a function with values, then arguments, then the value of the command
// before.
func (s *state) call(dot reflect.Value, name string, function reflect.Value, values []reflect.Value, args []parse.Node, final []reflect.Value) (result reflect.Value, err error) {
	typ := function.Type()
	given, want := len(args)+len(final), typ.NumIn()-len(values)
	switch {
	case typ.IsVariadic() && given < want-1:
		return result, fmt.Errorf("%s wants at least %d arguments, not %d", name, want-1, given)
	case !typ.IsVariadic() && given != want:
		return result, fmt.Errorf("%s wants %d arguments, not %d", name, want, given)
	}
	in := append(make([]reflect.Value, 0, len(values)+given), values...)
	param := func() reflect.Type {
		if typ.IsVariadic() && len(in) >= typ.NumIn()-1 {
			return typ.In(typ.NumIn() - 1).Elem()
		}
		return typ.In(len(in))
	}
	for _, arg := range args {
		value, err := s.operand(dot, arg)
		if err != nil {
			return result, err
		}
		_, isNumber := arg.(*parse.NumberNode)
		if value, err = argument(value, param(), isNumber); err != nil {
			return result, s.fail(arg, fmt.Errorf("%s: %w", name, err))
		}
		in = append(in, value)
	}
	for _, value := range final {
		if value, err = argument(value, param(), false); err != nil {
			return result, fmt.Errorf("%s: %w", name, err)
		}
		in = append(in, value)
	}
	for _, value := range in {
		s.charge(value)
	}
	if result, err = invoke(name, function, in); err == nil {
		s.charge(result)
	}
	return result, err
}

// charge counts a value that a function gets or returns, or that is iterated: as a step
// for each KiB of a string, or each item of a list or map.
func (s *state) charge(value reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		*s.steps += value.Len() / 1024
	case reflect.Slice, reflect.Map:
		*s.steps += value.Len()
	}
}

// argument returns a value as an argument of a type. A number that the template holds
// may be of any numeric type.
func argument(value reflect.Value, want reflect.Type, isNumber bool) (reflect.Value, error) {
	value = concrete(value)
	switch {
	case !value.IsValid():
		return reflect.Zero(want), nil
	case value.Type().AssignableTo(want):
		return value, nil
	case isNumber && isNumeric(want.Kind()) && (value.CanInt() || want.Kind() == reflect.Float64):
		return value.Convert(want), nil
	}
	return value, fmt.Errorf("an argument is a %s, want a %s", value.Type(), want)
}

func isNumeric(kind reflect.Kind) bool {
	return kind == reflect.Int || kind == reflect.Int64 || kind == reflect.Float64
}

// invoke calls a function. Its panic is an error.
func invoke(name string, function reflect.Value, in []reflect.Value) (result reflect.Value, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%s panicked", name) // the panic may hold values of the data
		}
	}()
	out := function.Call(in)
	if len(out) == 2 && !out[1].IsNil() {
		return result, fmt.Errorf("%s: %w", name, out[1].Interface().(error))
	}
	result = concrete(out[0])
	if result.Kind() == reflect.String && result.Len() > MaxValue {
		return result, fmt.Errorf("%s returns more than %d bytes", name, MaxValue)
	}
	return result, nil
}
