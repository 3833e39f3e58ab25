package repo

import (
	"go/types"
	"strings"
	"testing"

	gopackages "golang.org/x/tools/go/packages"
)

const modulePath = "github.com/gobridge/gopherbot/"

// public are the packages that other communities import.
var public = []string{"app", "app/tool", "handler", "handler/handlertest", "handler/markup", "glossary", "workqueue", "gateway", "sharkfin/client"}

// TestPublic_MentionsNoInternalType walks the exported identifiers of the public
// packages: nobody outside of this module could name an internal type.
func TestPublic_MentionsNoInternalType(t *testing.T) {
	t.Parallel()
	var patterns []string
	for _, name := range public {
		patterns = append(patterns, modulePath+name)
	}
	list, err := gopackages.Load(&gopackages.Config{Mode: gopackages.NeedName | gopackages.NeedTypes | gopackages.NeedImports | gopackages.NeedDeps | gopackages.NeedExportFile}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(public) {
		t.Fatalf("%d packages, want %d", len(list), len(public))
	}
	for _, p := range list {
		for _, err := range p.Errors {
			t.Error(err)
		}
		names, found := internalTypes(p.Types)
		if names == 0 {
			t.Errorf("%s exports nothing", p.PkgPath)
		}
		for _, mention := range found {
			t.Errorf("%s", mention)
		}
	}
}

// TestPublic_FindsInternalTypes holds internalTypes to a package that has them.
func TestPublic_FindsInternalTypes(t *testing.T) {
	t.Parallel()
	internal := types.NewPackage(modulePath+"internal/x", "x")
	hidden := types.NewNamed(types.NewTypeName(0, internal, "T", nil), types.Typ[types.Int], nil)
	other := types.NewNamed(types.NewTypeName(0, internal, "U", nil), types.Typ[types.Int], nil)
	p := types.NewPackage(modulePath+"p", "p")
	signature := types.NewSignatureType(nil, nil, nil, types.NewTuple(types.NewVar(0, p, "", types.NewSlice(types.NewPointer(hidden)))), nil, false)
	p.Scope().Insert(types.NewFunc(0, p, "F", signature))
	p.Scope().Insert(types.NewFunc(0, p, "unexported", signature))
	field := types.NewStruct([]*types.Var{types.NewField(0, p, "Field", types.NewMap(types.Typ[types.String], hidden), false), types.NewField(0, p, "hidden", hidden, false)}, nil)
	name := types.NewTypeName(0, p, "S", nil)
	types.NewNamed(name, field, nil).AddMethod(types.NewFunc(0, p, "M", types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(types.NewVar(0, p, "", types.NewChan(types.SendRecv, other))), false)))
	p.Scope().Insert(name)
	if names, found := internalTypes(p); names != 2 || len(found) != 3 {
		t.Errorf("%d names, found %q", names, found)
	}
}

// internalTypes returns how many identifiers a package exports, and where they
// mention an internal type of this module.
func internalTypes(p *types.Package) (names int, found []string) {
	for _, name := range p.Scope().Names() {
		object := p.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		names++
		w := walker{where: p.Path() + "." + name, seen: map[types.Type]bool{}}
		if declared, ok := object.(*types.TypeName); ok {
			w.declaration(declared)
		} else {
			w.walk(object.Type())
		}
		found = append(found, w.found...)
	}
	return names, found
}

type walker struct {
	where string
	seen  map[types.Type]bool
	found []string
}

// declaration walks what a declared type shows: its fields and its methods.
func (w *walker) declaration(name *types.TypeName) {
	if alias, ok := name.Type().(*types.Alias); ok {
		w.walk(alias.Rhs())
		return
	}
	named, ok := name.Type().(*types.Named)
	if !ok {
		return
	}
	w.walk(named.Underlying())
	for method := range named.Methods() {
		if method.Exported() {
			w.walk(method.Type())
		}
	}
}

func (w *walker) walk(t types.Type) {
	t = types.Unalias(t)
	if w.seen[t] {
		return
	}
	w.seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil && strings.HasPrefix(p.Path(), modulePath+"internal/") {
			w.found = append(w.found, w.where+" mentions "+t.String())
		}
		for argument := range t.TypeArgs().Types() {
			w.walk(argument)
		}
	case *types.Map:
		w.walk(t.Key())
		w.walk(t.Elem())
	case interface{ Elem() types.Type }: // pointers, slices, arrays and channels
		w.walk(t.Elem())
	case *types.Signature:
		for v := range t.Params().Variables() {
			w.walk(v.Type())
		}
		for v := range t.Results().Variables() {
			w.walk(v.Type())
		}
	case *types.Struct:
		for field := range t.Fields() {
			if field.Exported() {
				w.walk(field.Type())
			}
		}
	case *types.Interface:
		for method := range t.Methods() {
			if method.Exported() {
				w.walk(method.Type())
			}
		}
	}
}
