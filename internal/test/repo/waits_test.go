package repo

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// mayBlock are waits that TestWaits_HaveADeadline would refuse, with the reason why they may be there.
var mayBlock = map[string]string{
	"internal/test/testenv/eventually.go: group.Wait()":          "Wait waits for it with a deadline",
	"internal/test/e2e/soak_test.go: sending.Wait()":             "the senders' context has a deadline",
	"internal/watchdog/watchdog_test.go: time.Sleep(d)":          "it is called in a bubble, whose time is its own",
	"sharkfin/client/close_test.go: time.Sleep(rand.N(longest))": "Close and lost connections come at any moment",
	"workqueue/faults_proxy_test.go: <-changed":                  "proxy.close changes it",
	"workqueue/faults_proxy_test.go: ways.Wait()":                "proxy.close ends both ways, and the test waits for that with a deadline",
	"workqueue/model_test.go: <-r.outcome":                       "a handler goes on until the model ends it, at the latest when the consumer stops",
	"workqueue/steps_export_test.go: s.unfinished.Wait()":        "the model has ended all handlers",
}

// TestWaits_HaveADeadline finds waits that could hang a test without a word until go test's own timeout: receives outside of
// select, waits for a WaitGroup, and HTTP clients without a timeout. It finds sleeps, too: tests wait for a signal. Benchmarks,
// whose length is up to who runs them, and examples, which have no test to fail, may wait.
func TestWaits_HaveADeadline(t *testing.T) {
	t.Parallel()
	unused := map[string]bool{}
	for wait := range mayBlock {
		unused[wait] = true
	}
	files := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return skipDir(file, d)
		case !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "internal/test/") || path.Ext(file) != ".go":
			return nil
		case strings.Contains(file, "bench") || file == "internal/test/e2e/compare_test.go" || strings.HasPrefix(path.Base(file), "example"):
			return nil
		}
		files++
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, wait := range waits(parsed) {
			var code strings.Builder
			if err := printer.Fprint(&code, set, wait); err != nil {
				return err
			}
			name := file + ": " + code.String()
			if _, known := mayBlock[name]; known {
				delete(unused, name)
				continue
			}
			t.Errorf("%s: %s sleeps, or has no deadline: use Next, Hold, Wait, Eventually or Timeout of internal/test/testenv", set.Position(wait.Pos()), code.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range unused {
		t.Errorf("%s is in mayBlock and not in the code", name)
	}
	if files < 100 {
		t.Errorf("looked at %d files, want at least 100", files)
	}
}

// waits returns the sleeps of a file, and the waits that have no deadline.
func waits(file *ast.File) (found []ast.Node) {
	selected := map[ast.Node]bool{} // receives that are cases of a select
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectStmt:
			if !selects(n, selected) {
				found = append(found, n)
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && !selected[n] && !ends(n.X) {
				found = append(found, n)
			}
		case *ast.ExprStmt:
			if waitsForGroup(n.X) {
				found = append(found, n)
			}
		case *ast.DeferStmt:
			if waitsForGroup(n.Call) {
				found = append(found, n)
			}
		case *ast.CallExpr:
			if isMethod(n, "synctest.Test") {
				return false // it finds deadlocks, and its time is its own
			}
			if isMethod(n, "time.Sleep") {
				found = append(found, n)
			}
		case *ast.CompositeLit:
			if name(n.Type) == "http.Client" && !has(n, "Timeout") {
				found = append(found, n)
			}
		case *ast.SelectorExpr:
			if name(n) == "http.DefaultClient" {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

// selects notes the receives that are cases of a select, and reports whether one of its cases comes in any event.
func selects(s *ast.SelectStmt, selected map[ast.Node]bool) (bounded bool) {
	for _, clause := range s.Body.List {
		communication := clause.(*ast.CommClause).Comm
		if communication == nil { // default
			bounded = true
			continue
		}
		ast.Inspect(communication, func(n ast.Node) bool {
			if receive, ok := n.(*ast.UnaryExpr); ok && receive.Op == token.ARROW {
				selected[receive] = true
				bounded = bounded || ends(receive.X)
			}
			return true
		})
	}
	return bounded
}

// waitsForGroup reports whether a call whose result nobody wants is of a WaitGroup's Wait, so not of a command's.
func waitsForGroup(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	return ok && isMethod(call, "Wait") && len(call.Args) == 0 && !isMethod(call, "synctest.Wait")
}

// ends reports whether something comes from a channel in any event: it is a timer's, or a context's.
func ends(channel ast.Expr) bool {
	switch c := channel.(type) {
	case *ast.CallExpr:
		return isMethod(c, "Done") || isMethod(c, "time.After")
	case *ast.SelectorExpr:
		return c.Sel.Name == "C"
	case *ast.Ident:
		return c.Name == "deadline"
	}
	return false
}

// isMethod reports whether a call is of a method, or of a function, whose name has its package then.
func isMethod(call *ast.CallExpr, want string) bool {
	if strings.Contains(want, ".") {
		return name(call.Fun) == want
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	return ok && s.Sel.Name == want
}

// name returns a name with its package, "" of anything else.
func name(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		if p, ok := s.X.(*ast.Ident); ok {
			return p.Name + "." + s.Sel.Name
		}
	}
	return ""
}

// has reports whether a literal sets a field.
func has(literal *ast.CompositeLit, field string) bool {
	return slices.ContainsFunc(literal.Elts, func(e ast.Expr) bool {
		set, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		key, ok := set.Key.(*ast.Ident)
		return ok && key.Name == field
	})
}

// TestWaits_AreFound holds waits to code of each kind.
func TestWaits_AreFound(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{
		"<-c": 1, "v := <-c": 1, "f(<-c)": 1, "<-ctx.Done()": 0, "<-time.After(d)": 0, "<-tick.C": 0,
		"wg.Wait()": 1, "s.all.Wait()": 1, "defer wg.Wait()": 1, "err := cmd.Wait()": 0, "synctest.Wait()": 0, "testenv.Wait(t, &wg)": 0,
		"select { case <-c: }": 1, "select { case v := <-c: <-d; default: }": 1, "select { case <-c: case <-ctx.Done(): }": 0,
		"select { case c <- v: }": 1, "select { case c <- v: case <-time.After(d): }": 0,
		"synctest.Test(t, func(t *testing.T) { <-c })": 0,
		"time.Sleep(d)": 1, "synctest.Test(t, func(t *testing.T) { time.Sleep(d) })": 0,
		"http.DefaultClient.Do(r)": 1,
		"c := http.Client{}":       1,
		"f(&http.Client{Transport: transport, Timeout: testenv.Timeout})": 0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x_test.go", "package x\nfunc f() {\n"+code+"\n}", 0)
		if err != nil {
			t.Fatal(err)
		}
		if found := waits(file); len(found) != want {
			t.Errorf("%s: found %d, want %d", code, len(found), want)
		}
	}
}
