package handlertest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
)

// Listed is called by a test of a package with content. It fails for each of the
// package's declarations that no exported function reaches: it is missing from the
// list, so the bot does not answer to it. Uses in test files do not count.
func Listed(t testing.TB) {
	t.Helper()
	for _, name := range unlisted(parse(t, ".")) {
		t.Errorf("%s is declared and not in the list of declarations: name it there, or remove it", name)
	}
}

// parse returns the files of the package in dir, without its tests.
func parse(t testing.TB, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// declarations has one value of each kind of declaration. Listed knows them by
// their types' names.
var declarations = []handler.Declaration{
	handler.Command{}, handler.Prefix{}, handler.Phrase{}, handler.Reaction{}, handler.Listener{},
	handler.WorkspaceJoin{}, handler.ChannelJoin{}, handler.Help{}, handler.ReactionAdded{}, handler.SlashCommand{}, handler.Action{},
	handler.Shortcut{}, &handler.Form{},
}

// kindName returns the name of a declaration's type.
func kindName(d handler.Declaration) string {
	return reflect.Indirect(reflect.ValueOf(d)).Type().Name()
}

// unlisted returns the names of the variables and functions at the top of a
// package's files that hold or return declarations and that no exported function
// refers to, directly or through others. It goes by names alone, so a local
// variable of the same name hides a mistake and never makes one.
func unlisted(files []*ast.File) []string {
	kinds := []string{"Declaration"}
	for _, d := range declarations {
		kinds = append(kinds, kindName(d))
	}
	declaring := map[string]bool{}  // names that hold or return declarations
	refers := map[string][]string{} // the names that each top-level name refers to
	var reached, roots []string     // names, and those that are reached from outside
	add := func(name string, typeOrValue []ast.Expr, body ast.Node) {
		refers[name] = append(refers[name], identifiers(body)...)
		for _, e := range typeOrValue {
			declaring[name] = declaring[name] || slices.Contains(kinds, handlerType(e))
		}
	}
	for _, file := range files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				var results []ast.Expr
				if d.Type.Results != nil {
					for _, field := range d.Type.Results.List {
						results = append(results, field.Type)
					}
				}
				add(d.Name.Name, results, d)
				if d.Name.IsExported() || d.Name.Name == "init" || d.Name.Name == "main" {
					roots = append(roots, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok {
						for _, name := range v.Names {
							add(name.Name, append([]ast.Expr{v.Type}, v.Values...), v)
						}
					}
				}
			}
		}
	}
	for len(roots) > 0 {
		name := roots[0]
		roots = roots[1:]
		if !slices.Contains(reached, name) {
			reached = append(reached, name)
			roots = append(roots, refers[name]...)
		}
	}
	var missing []string
	for name := range declaring {
		if declaring[name] && name != "_" && !slices.Contains(reached, name) {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}

// handlerType returns X of a type handler.X or []handler.X, or of a literal of
// such a type, "" for everything else.
func handlerType(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.CompositeLit:
		return handlerType(e.Type)
	case *ast.UnaryExpr:
		return handlerType(e.X)
	case *ast.StarExpr:
		return handlerType(e.X)
	case *ast.ArrayType:
		return handlerType(e.Elt)
	case *ast.SelectorExpr:
		if pkg, ok := e.X.(*ast.Ident); ok && pkg.Name == "handler" {
			return e.Sel.Name
		}
	}
	return ""
}

func identifiers(node ast.Node) []string {
	var names []string
	ast.Inspect(node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}
