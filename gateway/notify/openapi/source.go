package openapi

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// module is the path of our module, the root of the source tree.
const module = "github.com/gobridge/gopherbot/"

// source has the comments of types, and the names and values of constants, which
// package reflect does not know.
type source struct {
	dir      string
	packages map[string][]ast.Decl // by their paths below the module
}

// newSource returns the source tree in a folder.
func newSource(dir string) *source { return &source{dir, map[string][]ast.Decl{}} }

// declarations parses a package.
func (s *source) declarations(pkg string) ([]ast.Decl, error) {
	if parsed, ok := s.packages[pkg]; ok {
		return parsed, nil
	}
	names, err := fs.Glob(os.DirFS(filepath.Join(s.dir, pkg)), "*.go")
	if err != nil {
		return nil, err
	}
	var all []ast.Decl
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(s.dir, pkg, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		all = append(all, file.Decls...)
	}
	if all == nil {
		return nil, fmt.Errorf("read the source of %s in %s: there is none", pkg, s.dir)
	}
	s.packages[pkg] = all
	return all, nil
}

// specs returns the parts of a package's declarations.
func (s *source) specs(pkg string) ([]ast.Spec, error) {
	declarations, err := s.declarations(pkg)
	var all []ast.Spec
	for _, d := range declarations {
		if d, ok := d.(*ast.GenDecl); ok {
			all = append(all, d.Specs...)
		}
	}
	return all, err
}

// constant is one of the constants of a type.
type constant struct{ name, value string }

// constants returns the constants of a type of strings, in the order of the source.
func (s *source) constants(t reflect.Type) ([]constant, error) {
	specs, err := s.specs(strings.TrimPrefix(t.PkgPath(), module))
	if err != nil {
		return nil, err
	}
	var all []constant
	for _, spec := range specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			continue
		}
		of, isType := v.Type.(*ast.Ident)
		literal, isLiteral := v.Values[0].(*ast.BasicLit)
		if !isType || !isLiteral || of.Name != t.Name() || literal.Kind != token.STRING {
			continue
		}
		value, err := strconv.Unquote(literal.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, constant{v.Names[0].Name, value})
	}
	if all == nil {
		return nil, fmt.Errorf("the type %s has no constants", path.Join(t.PkgPath(), t.Name()))
	}
	return all, nil
}

// comments returns the comments on the fields of a struct, by the fields' names.
func (s *source) comments(t reflect.Type) (map[string]string, error) {
	specs, err := s.specs(strings.TrimPrefix(t.PkgPath(), module))
	if err != nil {
		return nil, err
	}
	for _, spec := range specs {
		declared, ok := spec.(*ast.TypeSpec)
		if !ok || declared.Name.Name != t.Name() {
			continue
		}
		body, ok := declared.Type.(*ast.StructType)
		if !ok {
			break
		}
		own := map[string]string{}
		var names []string
		for _, field := range body.Fields.List {
			for _, name := range field.Names {
				names = append(names, name.Name)
				text := field.Doc.Text() + field.Comment.Text()
				own[name.Name] = strings.Join(strings.Fields(text), " ")
			}
		}
		return shared(names, own), nil
	}
	return nil, fmt.Errorf("the source in %s has no struct %s", s.dir, t)
}

// sentence ends with the first match behind it.
var sentence = regexp.MustCompile(`\.\s+`)

// shared gives each field its part of the comments: the sentences that begin with its name
// and those that follow, or else its whole comment. A field without a comment has that
// of an earlier field which names it.
func shared(names []string, own map[string]string) map[string]string {
	begins := func(text string) string {
		for _, name := range names {
			if strings.HasPrefix(text, name+" ") {
				return name
			}
		}
		return ""
	}
	all := map[string]string{}
	for i, name := range names {
		text := own[name]
		for _, earlier := range names[:i] {
			if text == "" && word(name).MatchString(own[earlier]) {
				text = own[earlier]
			}
		}
		var mine []string
		about := ""
		for _, s := range sentence.Split(text, -1) {
			if first := begins(s); first != "" {
				about = first
			}
			if about == name {
				mine = append(mine, strings.TrimSuffix(s, "."))
			}
		}
		if mine != nil {
			text = strings.Join(mine, ". ") + "."
		}
		all[name] = text
	}
	return all
}

func word(name string) *regexp.Regexp {
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`)
}
