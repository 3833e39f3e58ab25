package handlertest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"
)

func TestListed_FindsDeclarationsThatAreNotListed(t *testing.T) {
	t.Parallel()
	const list = "func Registry() (*handler.Registry, error) { return handler.NewRegistry(slices.Concat([]handler.Declaration{coin}, reactions, proverbs())...) }\n"
	for name, test := range map[string]struct {
		source string
		want   []string
	}{
		"all are listed": {list +
			"var coin = handler.Command{}\nvar reactions = []handler.Declaration{}\nfunc proverbs() []handler.Declaration { return nil }", nil},
		"a command is not":      {list + "var motto = handler.Command{Trigger: `motto`}", []string{"motto"}},
		"a list is not":         {list + "var teas = []handler.Reaction{{}}", []string{"teas"}},
		"a function is not":     {list + "func shout(p printer) handler.Prefix { return handler.Prefix{} }", []string{"shout"}},
		"one of a group is not": {list + "var (\n\tcoin = handler.Command{}\n\tmotto, creed handler.Phrase\n)", []string{"creed", "motto"}},
		"a pointer is not":      {list + "var motto = &handler.Command{}", []string{"motto"}},
		"one that only another that is not listed uses": {list + "var a = handler.Command{Text: b.Text}\nvar b = handler.Command{}", []string{"a", "b"}},
		"one that is listed by way of a function":       {list + "func proverbs() []handler.Declaration { return []handler.Declaration{first} }\nvar first = handler.Phrase{}", nil},
		"something else of the handlers'":               {list + "var sorry = handler.Reply{}\nfunc fields(m handler.Message) []string { return nil }", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := parser.ParseFile(token.NewFileSet(), "content.go", "package content\n"+test.source, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if got := unlisted([]*ast.File{file}); !slices.Equal(got, test.want) {
				t.Errorf("not listed: %q, want %q", got, test.want)
			}
		})
	}
}

// Each kind of declaration has a method declare; Listed must know them all.
func TestListed_KnowsEveryKindOfDeclaration(t *testing.T) {
	t.Parallel()
	var known []string
	for _, d := range declarations {
		known = append(known, kindName(d))
	}
	found := 0
	for _, file := range parse(t, "..") {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "declare" {
				continue
			}
			found++
			receiver := f.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			if id, ok := receiver.(*ast.Ident); !ok || !slices.Contains(known, id.Name) {
				t.Errorf("the list of declarations in listed.go lacks the receiver of a method declare: %v", f.Recv.List[0].Type)
			}
		}
	}
	if found != len(declarations) {
		t.Errorf("%d kinds of declarations found, listed.go has %d", found, len(declarations))
	}
}
