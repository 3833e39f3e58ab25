package client_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	gopackages "golang.org/x/tools/go/packages"

	"github.com/gobridge/gopherbot/sharkfin/client"
)

// TestKnownNames holds this package to the names of the known client: each must be here, with the
// same parameters and results, and each field with the same type and JSON. Fields and names of our
// own are additions.
func TestKnownNames(t *testing.T) {
	t.Parallel()
	known, ours := load(t)
	compared := 0
	for _, name := range known.Scope().Names() {
		want := known.Scope().Lookup(name)
		if !want.Exported() {
			continue
		}
		got := ours.Scope().Lookup(name)
		if got == nil {
			t.Errorf("%s is missing", name)
			continue
		}
		compared++
		switch want.(type) {
		case *types.TypeName:
			compared += compareTypes(t, want.Type().(*types.Named), got.Type().(*types.Named))
		default:
			if a, b := describe(want.Type()), describe(got.Type()); a != b {
				t.Errorf("%s is %s, want %s", name, b, a)
			}
		}
	}
	if compared < 120 {
		t.Errorf("compared %d names only", compared)
	}
}

// compareTypes compares the fields and methods of a type, and returns how many there are.
func compareTypes(t *testing.T, want, got *types.Named) (compared int) {
	t.Helper()
	name := want.Obj().Name()
	for method := range want.Methods() {
		found, _, _ := types.LookupFieldOrMethod(types.NewPointer(got), true, got.Obj().Pkg(), method.Name())
		if found == nil || describe(found.Type()) != describe(method.Type()) {
			t.Errorf("%s.%s is %v, want %s", name, method.Name(), found, describe(method.Type()))
		}
		compared++
	}
	fields, ok := want.Underlying().(*types.Struct)
	if !ok {
		if a, b := describe(want.Underlying()), describe(got.Underlying()); a != b {
			t.Errorf("%s is %s, want %s", name, b, a)
		}
		return compared
	}
	for i := range fields.NumFields() {
		compared++
		if !hasField(got.Underlying().(*types.Struct), fields.Field(i), fields.Tag(i)) {
			t.Errorf("%s has no field %s %s `%s`", name, fields.Field(i).Name(), describe(fields.Field(i).Type()), fields.Tag(i))
		}
	}
	return compared
}

func hasField(s *types.Struct, want *types.Var, tag string) bool {
	for i := range s.NumFields() {
		if f := s.Field(i); f.Name() == want.Name() && describe(f.Type()) == describe(want.Type()) && s.Tag(i) == tag {
			return true
		}
	}
	return false
}

// describe writes a type, without the names of parameters, and of the package's own types.
func describe(t types.Type) string {
	if s, ok := t.(*types.Signature); ok {
		t = types.NewSignatureType(nil, nil, nil, unnamed(s.Params()), unnamed(s.Results()), s.Variadic())
	}
	return types.TypeString(t, func(p *types.Package) string {
		if p.Name() == "client" {
			return ""
		}
		return p.Path()
	})
}

func unnamed(tuple *types.Tuple) *types.Tuple {
	var vars []*types.Var
	for v := range tuple.Variables() {
		vars = append(vars, types.NewVar(token.NoPos, nil, "", v.Type()))
	}
	return types.NewTuple(vars...)
}

// load returns the declarations of the known client, and this package.
func load(t *testing.T) (known, ours *types.Package) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "testdata/known.go.txt", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	mode := gopackages.NeedName | gopackages.NeedTypes | gopackages.NeedImports | gopackages.NeedDeps | gopackages.NeedExportFile
	list, err := gopackages.Load(&gopackages.Config{Mode: mode}, ".")
	if err != nil || len(list) != 1 || len(list[0].Errors) > 0 {
		t.Fatalf("load this package: %v, %v", list, err)
	}
	config := types.Config{Importer: imported(list[0].Types.Imports()), IgnoreFuncBodies: true}
	known, err = config.Check("client", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return known, list[0].Types
}

// imported imports packages from a list.
type imported []*types.Package

func (list imported) Import(path string) (*types.Package, error) {
	for _, p := range list {
		if p.Path() == path {
			return p, nil
		}
	}
	return nil, &types.Error{Msg: "this package does not import " + path}
}

// The texts of the known errors.
func TestKnownErrors(t *testing.T) {
	t.Parallel()
	for err, text := range map[error]string{
		client.ErrNotConnected: "client: not connected", client.ErrTimeout: "client: request timeout", client.ErrClosed: "client: closed",
		client.ErrBadRequest: "client: bad request", client.ErrUnauthorized: "client: unauthorized", client.ErrNotFound: "client: not found",
		client.ErrConflict: "client: conflict",
	} {
		if err.Error() != text {
			t.Errorf("%v, want %q", err, text)
		}
	}
}
