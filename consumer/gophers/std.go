package gophers

import (
	_ "embed" // std.txt
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// standardList has the packages of the standard library, a line each. The test of this file
// writes it: go test ./consumer/gophers -run TestStandard_IsCurrent -update
//
//go:embed std.txt
var standardList string

// standard has the import paths of the standard library by their own last element, which for
// math/rand/v2 is rand.
var standard = func() map[string][]string {
	paths := map[string][]string{}
	for path := range strings.FieldsSeq(standardList) {
		name := path[strings.LastIndexByte(path, '/')+1:]
		if parent, isVersion := strings.CutSuffix(path, "/v2"); isVersion {
			name = parent[strings.LastIndexByte(parent, '/')+1:]
		}
		paths[name] = append(paths[name], path)
	}
	return paths
}()

// isStandard reports whether a path is that of a package of the standard library.
func isStandard(path string) bool {
	name := strings.TrimSuffix(path, "/v2")
	return slices.Contains(standard[name[strings.LastIndexByte(name, '/')+1:]], path)
}

// complete returns the import paths, with a name in the package behind #, that people mean by
// a short form of them: json is encoding/json, fmt.Println is fmt#Println, and rand is one of
// three. A path that begins with a host stays as it is. It returns none for a path that leads
// nowhere.
func complete(path string) []string {
	path, rest := cutAny(path, "@#")
	if packages := packagesOf(path); len(packages) > 0 {
		return withSuffix(packages, rest)
	}
	last := strings.LastIndexByte(path, '/') + 1
	if name, identifier, ok := strings.Cut(path[last:], "."); ok && rest == "" {
		first, size := utf8.DecodeRuneInString(identifier)
		if packages := packagesOf(path[:last] + name); len(packages) > 0 && first != utf8.RuneError {
			return withSuffix(packages, "#"+string(unicode.ToUpper(first))+identifier[size:])
		}
	}
	if host, _, _ := strings.Cut(path, "/"); strings.Contains(host, ".") || host == "cmd" {
		return []string{path + rest}
	}
	return nil
}

// packagesOf returns the packages of the standard library with a path or, if there is none,
// with that name.
func packagesOf(path string) []string {
	switch lower := strings.ToLower(path); {
	case isStandard(lower):
		return []string{lower}
	default:
		return standard[lower]
	}
}

func withSuffix(paths []string, suffix string) []string {
	list := slices.Clone(paths)
	for i := range list {
		list[i] += suffix
	}
	return list
}

// cutAny cuts a text before the first of some characters.
func cutAny(s, chars string) (before, rest string) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// withoutAddress returns the import path in the address of a page on pkg.go.dev or GitHub, and
// any other text as it is.
func withoutAddress(path string) string {
	rest, ok := strings.CutPrefix(path, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(path, "http://"); !ok {
			return path
		}
	}
	rest, _ = cutAny(rest, "?")
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "www."), "pkg.go.dev/")
	if strings.HasPrefix(rest, "github.com/") {
		rest, _ = cutAny(rest, "#") // a line or a heading of the page
		for _, page := range []string{"/tree/", "/blob/", "/issues", "/pull", "/releases", "/wiki", "/commit"} {
			rest, _, _ = strings.Cut(rest, page)
		}
		rest = strings.TrimSuffix(strings.TrimRight(rest, "/"), ".git")
	}
	return rest
}
